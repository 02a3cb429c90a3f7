"""Which value survives when two customers become one.

One value of each field in CHOSEN: what a person typed comes before what the books brought, that before what was only
imported, and of two alike the newer; an empty one never wins. Emails, phones, notes and places are united instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from buddy.hub import customers
from buddy.hub.activity import Activity, Source
from buddy.hub.customers import Customer
from buddy.hub.duplicates.tables import COLUMNS
from buddy.hub.matching import contacts

type Side = Literal["survivor", "gone"]

CHOSEN = (
    "display_name",
    "company_name",
    "given_name",
    "family_name",
    "email",  # the first of those that are united
    "phone",
    "billing_address",
    "terms",
    "tier",
    "taxable",
    "resale_number",
    "parent",
)
_PHONES = ("phone", "alternate_phone", "mobile", "fax")
_EMAIL_LENGTH = COLUMNS["email"].max_length or 0
_RANK = {Source.PERSON: 2, Source.BOOKS: 1}


def suggested(survivor: Customer, gone: Customer) -> dict[str, Side]:
    """For each field of CHOSEN, whose value to keep. Four queries."""
    standing = {side: _Standing(row) for side, row in (("survivor", survivor), ("gone", gone))}

    def better(field: str) -> Side:
        if _empty(getattr(gone, field)):
            return "survivor"
        if _empty(getattr(survivor, field)):
            return "gone"
        return "gone" if standing["gone"].of(field) > standing["survivor"].of(field) else "survivor"

    return {field: better(field) for field in CHOSEN}


def surviving(survivor: Customer, gone: Customer, choices: Mapping[str, Side]) -> dict[str, Any]:
    """The values that the survivor is to have, by field, without those that it has already."""
    values = {field: getattr(gone, field) for field in CHOSEN if choices.get(field) == "gone"}
    first, second = (gone, survivor) if choices.get("email") == "gone" else (survivor, gone)
    values["email"], left_emails = _emails(first.email, second.email)
    phones, left_phones = _phones(survivor, gone, gone_first=choices.get("phone") == "gone")
    values |= phones
    values["notes"] = _notes(survivor.notes, gone.notes, [*left_emails, *left_phones])
    values["active"] = survivor.active or gone.active
    values["balance"] = survivor.balance + gone.balance  # the books' own, of whichever they know
    return renamed(survivor, gone, values)


def renamed(survivor: Customer, gone: Customer, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """With these values, what follows from being one: by which names it was known, and no parent that is itself."""
    values = dict(values or {})
    values["former_names"] = _former_names(survivor, gone, values)
    values["parent"] = _parent(survivor, gone, values.get("parent", survivor.parent))
    return {field: value for field, value in values.items() if value != getattr(survivor, field)}


def _parent(survivor: Customer, gone: Customer, chosen: Customer | None) -> Customer | None:
    """The chosen one, or another of the two, that does not itself stand under either of them."""
    for above in (chosen, survivor.parent, gone.parent):
        if above and not {survivor.pk, gone.pk} & customers.ancestry(above):
            return above
    return None


class _Standing:
    """How much the values of one customer weigh, by who last set them and when."""

    def __init__(self, customer: Customer) -> None:
        self.default = (0, customer.updated_at)
        self.set_by: dict[str, tuple[int, Any]] = {}
        rows = Activity.objects.filter(
            organization=customer.organization_id, kind="customer", object_id=customer.pk
        ).order_by("at", "pk")
        for source, at, event, changes in rows.values_list("source", "at", "event", "changes"):
            weight = (_RANK.get(Source(source), 0), at)
            if event == "customer.created":
                self.default = weight
            self.set_by.update(dict.fromkeys(changes, weight))

    def of(self, field: str) -> tuple[int, Any]:
        return self.set_by.get(field, self.default)


def _empty(value: Any) -> bool:
    return value is None or value == "" or (not isinstance(value, bool) and not value)


def _emails(first: str, second: str) -> tuple[str, list[str]]:
    """Both lists in one field, as many as it holds, and those that found no room."""
    seen: set[str] = set()
    kept: list[str] = []
    left: list[str] = []
    for address in [each.strip() for each in f"{first},{second}".split(",")]:
        if not address or address.casefold() in seen:
            continue
        seen.add(address.casefold())
        (left if len(", ".join([*kept, address])) > _EMAIL_LENGTH else kept).append(address)
    return ", ".join(kept), left


def _phones(survivor: Customer, gone: Customer, *, gone_first: bool) -> tuple[dict[str, str], list[str]]:
    """The survivor's numbers where they are, the other's new ones in the free places, and those that found none."""
    places = {name: getattr(survivor, name) for name in _PHONES}
    coming = [getattr(gone, name) for name in _PHONES]
    if gone_first and gone.phone:
        coming = [survivor.phone, *coming[1:]]
        places["phone"] = gone.phone
    left = []
    for number in coming:
        if not number or _digits(number) in map(_digits, places.values()):
            continue
        # a fax is no place for somebody's phone
        free = next((name for name in _PHONES if not places[name] and (name != "fax" or number == gone.fax)), None)
        if free is None:
            left.append(number)
        else:
            places[free] = number
    return places, left


def _digits(number: str) -> str:
    return contacts.phone(number, "") or number


def _notes(mine: str, theirs: str, left: Iterable[str]) -> str:
    parts = [mine]
    if theirs and theirs not in mine:
        parts.append(theirs)
    if left := list(left):
        parts.append(f"Also: {', '.join(left)}")
    return "\n".join(filter(None, parts))


def _former_names(survivor: Customer, gone: Customer, values: Mapping[str, Any]) -> list[str]:
    """Under which names it was known as well: matching looks at them too."""
    known = (name for row in (survivor, gone) for name in (row.display_name, row.company_name, *row.former_names))
    now = [values.get(field, getattr(survivor, field)) for field in ("display_name", "company_name")]
    return [name for name in dict.fromkeys(known) if name and name not in now]
