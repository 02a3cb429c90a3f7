"""A run in words: why it began, what it changed, how it ended; and what the list of runs can be narrowed by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet
from django_filters import CharFilter, ChoiceFilter, DateFromToRangeFilter, FilterSet, MultipleChoiceFilter

from buddy.hub.activity import Activity
from buddy.hub.invoices import Invoice
from buddy.sync.models import CallMade, Outcome, Run, SendingItem, Taken, Trigger
from buddy.web.lists import named_like

NOUNS = {
    "Customer": ("customer", "customers"),
    "Item": ("item", "items"),
    "Invoice": ("invoice", "invoices"),
    "Payment": ("payment", "payments"),
    "CreditMemo": ("credit memo", "credit memos"),
    "Term": ("payment term", "payment terms"),
    "Account": ("account", "accounts"),
    "TaxCode": ("tax code", "tax codes"),
    "TaxRate": ("tax rate", "tax rates"),
    "PaymentMethod": ("payment method", "payment methods"),
    "customer": ("customer", "customers"),
    "product": ("item", "items"),
    "invoice": ("invoice", "invoices"),
    "void": ("invoice voided", "invoices voided"),
}
NAMED = 3  # kinds of record that one line of the list tells apart
PILLS = {
    Outcome.RUNNING: ("is-info", "refresh"),
    Outcome.DONE: ("is-ok", "circle-check"),
    Outcome.PAUSED: ("is-mute", "player-pause"),
    Outcome.FAILED: ("is-bad", "circle-x"),
    Outcome.CUT: ("is-warn", "alert-triangle"),
}


@dataclass(frozen=True)
class Told:
    """One run as the list shows it."""

    run: Run
    began: str
    what: str
    css: str
    icon: str
    outcome: str

    @property
    def pk(self) -> int:
        return self.run.pk

    @property
    def took(self) -> timedelta | None:
        return self.run.finished_at - self.run.started_at if self.run.finished_at else None


def told(run: Run) -> Told:
    """Ask for runs with their `asked_by`."""
    outcome = Outcome(run.outcome)
    css, icon = PILLS[outcome]
    words: str = outcome.label
    left = [f"{run.waiting:,} {'waits' if run.waiting == 1 else 'wait'}"] if run.waiting else []
    left += [f"{refused(run):,} refused"] if refused(run) else []
    if left and outcome == Outcome.DONE:
        css, icon, words = "is-warn", "alert-triangle", ", ".join([words, *left])
    return Told(run, began(run), what(run), css, icon, words)


def began(run: Run) -> str:
    """`Schedule`, or `Maria Okafor: Sync now`."""
    words = Trigger(run.trigger).label
    return f"{run.asked_by}: {words}" if run.asked_by else words


def what(run: Run) -> str:
    """`3 invoices and 1 payment in, 2 invoices out`."""
    parts = [f"{listed} {way}" for way, listed in (("in", counted(run.came)), ("out", counted(run.went))) if listed]
    return ", ".join(parts) or "Nothing new"


def counted(counts: Mapping[str, int]) -> str:
    """`12 invoices, 3 payments and 5 more`, the most first."""
    ranked = sorted(((kind, count) for kind, count in counts.items() if count), key=lambda pair: -pair[1])
    parts = [f"{count:,} {NOUNS.get(kind, (kind, kind))[count != 1]}" for kind, count in ranked[:NAMED]]
    more = sum(count for _, count in ranked[NAMED:])
    parts += [f"{more:,} more"] if more else []
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def refused(run: Run) -> int:
    return sum(count for name, count in run.counts.items() if name.endswith(" refused"))


def total(counts: Iterable[Mapping[str, int]]) -> int:
    return sum(sum(each.values()) for each in counts)


# --- Narrowed --------------------------------------------------------------------------------------------------------

KINDS = {
    "customer": ("Customer", "customer"),
    "product": ("Item", "product"),
    "invoice": ("Invoice", "invoice"),
    "void": ("", "void"),
    "payment": ("Payment", ""),
    "credit": ("CreditMemo", ""),
}
KIND_LABELS = [
    ("customer", "Customers"),
    ("product", "Products"),
    ("invoice", "Invoices"),
    ("void", "Voids"),
    ("payment", "Payments"),
    ("credit", "Credit memos"),
]
DIRECTIONS = [("in", "In from QuickBooks"), ("out", "Out to QuickBooks")]


class RunFilter(FilterSet):
    """As the address holds it. Values that make no sense are left out."""

    q = CharFilter(method="search")
    kind = MultipleChoiceFilter(choices=KIND_LABELS, method="of_kinds")
    way = ChoiceFilter(choices=DIRECTIONS, method="going")
    status = MultipleChoiceFilter(field_name="outcome", choices=Outcome.choices)
    began = DateFromToRangeFilter(field_name="started_at")

    def search(self, rows: QuerySet[Run], _name: str, text: str) -> QuerySet[Run]:
        """By a number or name among what came, went or changed, or by Intuit's trace id."""
        return rows.filter(
            Q(pk__in=Taken.objects.filter(name__icontains=text).values("run"))
            | Q(pk__in=_about(SendingItem.objects.all(), text).values("sending__run"))
            | Q(pk__in=_about(Activity.objects.filter(run__isnull=False), text).values("run"))
            | Q(pk__in=CallMade.objects.filter(trace_id=text).values("run"))
        )

    def of_kinds(self, rows: QuerySet[Run], _name: str, chosen: list[str]) -> QuerySet[Run]:
        """Those that carried one of these kinds, in the direction asked for."""
        way = self.form.cleaned_data.get("way")
        wanted = [
            Q(**{f"{side}__has_key": key})
            for kind in chosen
            for side, key, direction in zip(("came", "went"), KINDS[kind], ("in", "out"), strict=True)
            if key and way in ("", None, direction)
        ]
        if not chosen:
            return rows
        return rows.filter(Q(*wanted, _connector=Q.OR), quiet=False) if wanted else rows.none()

    def going(self, rows: QuerySet[Run], _name: str, way: str) -> QuerySet[Run]:
        return rows.filter(quiet=False).exclude(**{"came" if way == "in" else "went": {}}) if way else rows


def _about[M: (SendingItem, Activity)](rows: QuerySet[M], text: str) -> QuerySet[M]:
    """Those of invoices and customers whose number or name holds the text."""
    invoices = Invoice.objects.filter(number__icontains=text).values("pk")
    customers = named_like(text).values("pk")
    return rows.filter(Q(kind="invoice", object_id__in=invoices) | Q(kind="customer", object_id__in=customers))
