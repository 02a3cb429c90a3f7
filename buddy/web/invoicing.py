"""Create invoices: what selected orders would become, why some cannot yet and what fixes it, and making them."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice
from buddy.hub.orders import SENT_OUT
from buddy.sync import invoicing as sync
from buddy.sync.choices import choices
from buddy.web import dialogs, lists, orders, talk
from buddy.web.permission import editor
from buddy.web.request import Request

COMBINE = "combine"
SHIPPED = "shipped"


@dataclass(frozen=True)
class Selection:
    """The orders chosen and how they are to be invoiced, as the dialogs carry it from one to the next."""

    ids: list[int]
    how: str
    date: date
    what: str = ""

    @property
    def orders(self) -> str:
        return ",".join(map(str, self.ids))

    @property
    def combine(self) -> bool:
        return self.how == COMBINE

    @property
    def only_shipped(self) -> bool:
        return self.what == SHIPPED


def carried(request: Request) -> Selection | None:
    """The selection a dialog was opened over, if any."""
    asked = request.POST if "orders" in request.POST else request.GET
    ids = lists.ids(asked.get("orders", "").split(","))[: orders.MOST_AT_ONCE]
    day = _day(asked.get("date", "")) or timezone.localdate()
    return Selection(ids, asked.get("how", ""), day, asked.get("what", "")) if ids else None


def _day(text: str) -> date | None:
    """A day that an invoice can have, or None: no calendar goes on for ever, and due dates lie beyond it."""
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and 2000 <= found.year < 2100 else None


def _selection(request: Request) -> Selection:
    """As carried by a dialog, else as ticked in the list; of orders shipped in part, then, what was shipped."""
    if found := carried(request):
        return found
    ticked = list(orders.selected(request)) if "orders" not in request.POST else []
    in_part = any(order.unbilled and order.status not in SENT_OUT for order in ticked)
    return Selection([order.pk for order in ticked], "", timezone.localdate(), SHIPPED if in_part else "")


@require_POST
@editor
def preflight(request: Request) -> HttpResponse:
    """Look, and change nothing. A POST, since a thousand selected orders do not fit into an address."""
    return dialog(request)


def dialog(request: Request, *, refusal: str = "", note: str = "") -> HttpResponse:
    """How the selected orders stand now. `note`: what was just put right."""
    chosen = _selection(request)
    plan = sync.preflight(
        request.organization,
        chosen.ids,
        combine=chosen.combine,
        invoice_date=chosen.date,
        only_shipped=chosen.only_shipped,
        now=timezone.now(),
    )
    values = {
        "chosen": chosen,
        "plan": plan,
        "accounts": choices(request.organization, "Account", limit=200) if plan.needs_account else [],
        "account": request.POST.get("account", ""),
        "refusal": refusal,
        "note": note,
        "dialog_size": "modal-lg",
    }
    title = f"Create {plan.count:,} invoice{'' if plan.count == 1 else 's'}" if plan.count else "Create invoices"
    return dialogs.show(request, "invoicing/dialog.html", title, values, back=reverse("orders"))


@require_POST
@editor
def create(request: Request) -> HttpResponse:
    """Make them. Sent twice, it makes one set: what is invoiced is refused, and the dialog says where it stands."""
    chosen = _selection(request)
    try:
        made = sync.create(
            request.organization,
            chosen.ids,
            combine=chosen.combine,
            invoice_date=chosen.date,
            only_shipped=chosen.only_shipped,
            creating=request.POST.getlist("creating"),
            account_id=request.POST.get("account", "").replace("\0", ""),
            by=request.user,
        )
    except Refused as refusal:
        return dialog(request, refusal=str(refusal))
    _say(request, made)
    return dialogs.leave(request, reverse("orders"))


def _say(request: Request, made: list[Invoice]) -> None:
    one = len(made) == 1
    talk.done(
        request,
        "1 invoice created" if one else f"{len(made):,} invoices created",
        detail="On its way to QuickBooks" if one else "On their way to QuickBooks",
        link=reverse("invoice", args=[made[0].pk]) if one else reverse("invoices"),
        label="See it" if one else "See them",
    )


urlpatterns = [
    path("invoices/preflight/", preflight, name="invoice_preflight"),
    path("invoices/create/", create, name="invoice_create"),
]
