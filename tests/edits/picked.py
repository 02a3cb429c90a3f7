"""Fields of a customer with a few values only: what both sides hold in the end must be what one of them picked last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from buddy.hub import customers
from buddy.hub.customers import Customer
from buddy.hub.quality import Review
from buddy.hub.team import User
from buddy.hub.terms import PaymentTerm
from buddy.sync.models import Link
from simulator.company import Body, Company
from tests.edits.written import HERE, OPEN, THERE, Subject, names
from tests.sync import bookkeeper as books

FIELDS = ("taxable", "terms", "parent")
NOT_HERE = "parent"  # only QuickBooks gives one


@dataclass
class Picked:
    """Of each customer and field, what each side picked last, as text: a flag, or the other record's id there."""

    company: Company
    by: User
    last: defaultdict[tuple[str, str], dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def pick(self, subject: Subject, name: str, side: str, number: int, family: list[Subject]) -> None:
        """One of the values this field can take. Whatever the side refuses is raised."""
        if side == HERE and name == NOT_HERE:
            return
        text = self._one_of(name, number, family)
        held = here(subject) if side == HERE else there(self.company, subject)
        if held[name] == text:
            return
        if side == THERE:
            books.change(self.company, "Customer", subject.id, **_as_there(name, text))
        else:
            row = Customer.objects.get(pk=subject.pk)
            customers.change(row, {name: _as_here(name, text)}, by=self.by)
        self.last[subject.id, name][side] = text

    def _one_of(self, name: str, number: int, family: list[Subject]) -> str:
        if name == "taxable":
            return str(number % 2 == 0)
        if name == "terms":
            ids = sorted(Link.objects.filter(kind="term").values_list("remote_id", flat=True))
        else:
            ids = ["", *(each.id for each in family)]
        return ids[number % len(ids)]

    def apart(self, family: list[Subject]) -> Iterator[str]:
        """What differs though nobody is asked, and what nobody picked last."""
        for subject in family:
            ours, theirs, asked = here(subject), there(self.company, subject), _asked(subject)
            for name in FIELDS:
                where = f"customer {subject.pk}/{subject.id} {name}"
                last = self.last.get((subject.id, name), {})
                if name in asked:
                    continue
                if ours[name] != theirs[name]:
                    yield f"{where}: {ours[name]!r} here, {theirs[name]!r} there; picked {last}"
                elif last and ours[name] not in last.values():
                    yield f"{where}: {ours[name]!r} on both sides, picked {last}"


def here(subject: Subject) -> dict[str, str]:
    row = Customer.objects.get(pk=subject.pk)
    return {
        "taxable": str(row.taxable),
        "terms": _id_of("term", row.terms_id),
        "parent": _id_of("customer", row.parent_id),
    }


def there(company: Company, subject: Subject) -> dict[str, str]:
    body = company.get("Customer", subject.id)
    return {
        "taxable": str(body["Taxable"]),
        "terms": str((body.get("SalesTermRef") or {}).get("value", "")),
        "parent": str((body.get("ParentRef") or {}).get("value", "")),
    }


def _id_of(kind: str, pk: int | None) -> str:
    link = Link.objects.filter(kind=kind, object_id=pk).first() if pk else None
    return link.remote_id if link else ""


def _as_there(name: str, text: str) -> Body:
    if name == "taxable":
        return {"Taxable": text == "True"}
    if name == "terms":
        return {"SalesTermRef": {"value": text}}
    return {"Job": True, "ParentRef": {"value": text}} if text else {"Job": False, "ParentRef": None}


def _as_here(name: str, text: str) -> Any:
    if name == "taxable":
        return text == "True"
    return PaymentTerm.objects.get(pk=Link.objects.get(kind="term", remote_id=text).object_id)


def _asked(subject: Subject) -> set[str]:
    waiting = Review.objects.filter(entity="customer", object_id=subject.pk, status__in=OPEN)
    return {name for review in waiting for name in names(review)}
