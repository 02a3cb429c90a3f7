"""What each side wrote into which field of which record, and what became of every value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from buddy.hub.customers import Customer
from buddy.hub.products import Product
from buddy.hub.quality import Review, ReviewStatus
from buddy.hub.team import Organization
from buddy.sync.models import Link
from simulator.company import Body, Company
from tests.edits.words import word

HERE, THERE = "here", "there"

# Our name of each field and QuickBooks', spelled out: the test does not ask the mapping it tests.
FIELDS = {
    "customer": {
        "display_name": "DisplayName",
        "company_name": "CompanyName",
        "given_name": "GivenName",
        "family_name": "FamilyName",
        "email": "PrimaryEmailAddr.Address",
        "phone": "PrimaryPhone.FreeFormNumber",
        "alternate_phone": "AlternatePhone.FreeFormNumber",
        "mobile": "Mobile.FreeFormNumber",
        "fax": "Fax.FreeFormNumber",
        "billing_address": "BillAddr.Line1",
        "resale_number": "ResaleNum",
        "notes": "Notes",
    },
    "product": {"name": "Name", "sku": "Sku", "description": "Description", "base_price": "UnitPrice"},
}
ENTITIES = {"customer": "Customer", "product": "Item"}
MODELS: dict[str, type[Customer] | type[Product]] = {"customer": Customer, "product": Product}
MUST_HAVE = {"customer": ("display_name",), "product": ("name", "base_price")}  # what is sold for nothing is no charge


def value(name: str, number: int) -> str:
    """A value that no other edit writes, as this field takes it."""
    letters = word(number)
    if name in ("phone", "alternate_phone", "mobile", "fax"):
        return f"555 {number:07d}"
    if name == "email":
        return f"{letters}@{letters}.example"
    if name == "billing_address":
        return f"{number} {letters} Road"
    return str(number) if name == "base_price" else letters


def as_here(name: str, text: str) -> Any:
    return {"line1": text} if name == "billing_address" else text


def as_there(kind: str, name: str, text: str) -> Body:
    """The field as QuickBooks takes it in a sparse update."""
    outer, _, inner = FIELDS[kind][name].partition(".")
    plain: Any = Decimal(text or 0) if name == "base_price" else text
    return {outer: {inner: plain} if inner else plain}


@dataclass
class Subject:
    """One customer or product, on whichever sides it is."""

    kind: str
    pk: int | None = None
    id: str = ""

    def find(self, organization: Organization) -> None:
        """Learn of the other side from the link."""
        links = Link.objects.filter(organization=organization, kind=self.kind)
        if not self.id and (link := links.filter(object_id=self.pk).first()):
            self.id = link.remote_id
        elif self.pk is None and (link := links.filter(remote_id=self.id).first()):
            self.pk = link.object_id

    def here(self) -> dict[str, str]:
        """What Buddy holds, as text."""
        row = MODELS[self.kind].objects.filter(pk=self.pk).first() if self.pk else None
        return {name: _text(getattr(row, name)) for name in FIELDS[self.kind]} if row else {}

    def there(self, company: Company) -> dict[str, str]:
        """What QuickBooks holds, as text."""
        body = company.get(ENTITIES[self.kind], self.id) if self.id else None
        return {name: _text(_at(body, path)) for name, path in FIELDS[self.kind].items()} if body else {}

    def active_there(self, company: Company) -> bool:
        return bool(company.get(ENTITIES[self.kind], self.id)["Active"])


def _at(body: Body, path: str) -> Any:
    found: Any = body
    for step in path.split("."):
        found = (found or {}).get(step)
    return found


def _text(found: Any) -> str:
    if isinstance(found, Decimal | int | float):
        return f"{Decimal(str(found)).normalize():f}"
    return str(getattr(found, "line1", found) or "").removesuffix(" (deleted)")  # as inactive ones are called there


@dataclass
class Edit:
    side: str
    value: str
    arrived: bool = False  # both sides held it at the same moment


@dataclass
class Written:
    """Everything that was written, by record and field, in order."""

    organization: Organization
    company: Company
    subjects: list[Subject] = field(default_factory=list)
    edits: dict[tuple[int, str], list[Edit]] = field(default_factory=dict)  # by place in `subjects`, and field
    common: dict[tuple[int, str], str] = field(default_factory=dict)  # what both sides held last at the same moment

    def add(self, subject: Subject, side: str, values: dict[str, str]) -> Subject:
        self.subjects.append(subject)
        for name, text in values.items():
            self.note(subject, name, side, text)
        return subject

    def note(self, subject: Subject, name: str, side: str, text: str) -> None:
        """Whoever goes back to what both sides held last (which only emptying can) has taken his change back."""
        key = (self.subjects.index(subject), name)
        taken_back = text == "" and self.common.get(key, "") == ""
        self.edits.setdefault(key, []).append(Edit(side, text, arrived=taken_back))

    @property
    def count(self) -> int:
        return sum(len(some) for some in self.edits.values())

    def observe(self) -> None:
        """See which values both sides hold just now."""
        waiting = {at for (at, _), some in self.edits.items() if not all(edit.arrived for edit in some)}
        for at in waiting:
            subject = self.subjects[at]
            subject.find(self.organization)
            here, there = subject.here(), subject.there(self.company)
            for name in FIELDS[subject.kind] if here and there else ():
                if here[name] == there[name]:
                    self.common[at, name] = here[name]
                    for edit in self.edits.get((at, name), ()):
                        edit.arrived = edit.arrived or edit.value == here[name]

    def lost(self) -> list[str]:
        """Values that did not arrive, were not outdone by a later edit of the same side, and stand in no review."""
        return [
            f"{subject.kind} {subject.pk}/{subject.id} {name}: {edit.value!r} written {edit.side}"
            for subject, name, some in self._each()
            for at, edit in enumerate(some)
            if not edit.arrived
            and not any(later.side == edit.side for later in some[at + 1 :])
            and not self._asked(subject, name, edit.value)
        ]

    def apart(self) -> list[str]:
        """Fields on which the sides differ though nobody is asked about it."""
        found = []
        for subject in self.subjects:
            here, there = subject.here(), subject.there(self.company)
            if not here or not there:
                found.append(f"{subject.kind} {subject.pk}/{subject.id} is on one side only")
                continue
            asked = {each for review in self._reviews(subject) if review.status in OPEN for each in names(review)}
            found += [
                f"{subject.kind} {subject.pk}/{subject.id} {name}: {here[name]!r} here, {there[name]!r} there"
                for name in FIELDS[subject.kind]
                if here[name] != there[name] and name not in asked
            ]
        return found

    def _each(self) -> Iterator[tuple[Subject, str, list[Edit]]]:
        for (at, name), some in self.edits.items():
            yield self.subjects[at], name, some

    def _reviews(self, subject: Subject) -> list[Review]:
        return list(Review.objects.filter(entity=subject.kind, object_id=subject.pk))

    def _asked(self, subject: Subject, name: str, text: str) -> bool:
        return any(
            text in (_shown(each["ours"], name), _shown(each["theirs"], name))
            for review in self._reviews(subject)
            for each in review.data.get("fields", ())
            if each["name"] == name
        )


OPEN = (ReviewStatus.PENDING, ReviewStatus.DISMISSED)


def names(review: Review) -> set[str]:
    return {each["name"] for each in review.data.get("fields", ())}


def _shown(held: Any, name: str) -> str:
    if isinstance(held, dict):
        return str(held.get("line1", ""))
    return _text(Decimal(held)) if name == "base_price" else str(held or "")
