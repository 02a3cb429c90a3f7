"""Rows that are customers. Who may be here already under another name is asked about, and never merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from buddy.hub import checks, customers, intake, matching, matchkeys, quality
from buddy.hub.address import Address
from buddy.hub.checks import Check
from buddy.hub.customers import Customer, sort_key
from buddy.hub.imports.records import MOST_CANDIDATES, Found, Records
from buddy.hub.imports.tables import Act, Import, ImportRow
from buddy.hub.quality import Review, ReviewStatus
from buddy.hub.terms import PaymentTerm
from buddy.hub.tiers import Tier

_PLAIN = (
    "display_name", "company_name", "given_name", "family_name", "email", "phone", "alternate_phone", "mobile", "fax",
    "taxable", "resale_number", "currency", "notes", "active",
)  # fmt: skip
_STREETS = ("line1", "line2", "line3", "line4", "line5")
_PLACE = ("city", "region", "postal_code", "country")


class CustomerRows(Records[Customer]):
    model = Customer
    kind = "customer"
    identifying = frozenset(("id", "display_name", "company_name", "given_name", "family_name"))

    def __init__(self, batch: Import) -> None:
        super().__init__(batch)
        self._blank = Customer(organization=self.organization, currency=self.organization.currency)
        self._terms = _by_name(PaymentTerm.objects.filter(organization=self.organization))
        self._tiers = _by_name(Tier.objects.filter(organization=self.organization))
        self._names = {(type(each), each.pk): each.name for each in (*self._terms.values(), *self._tiers.values())}

    def checks(self) -> Mapping[str, Check]:
        address = {"city": 255, "region": 255, "postal_code": 30, "country": 255, "street2": 500}
        return {
            **customers.CHECKS,
            **{name: checks.line(limit) for name, limit in address.items()},
            "street": _street,
            "terms": self._one_of(self._terms, "payment terms"),
            "tier": self._one_of(self._tiers, "pricing tiers"),
            "active": checks.flag,
        }

    def _one_of(self, known: Mapping[str, Any], what: str) -> Check:
        def check(value: Any) -> str:
            name = str(value)
            if name and name.casefold() not in known:
                raise checks.Unfit(f"“{name[:40]}” is not among your {what}. Add it in Settings first.")
            return str(known[name.casefold()].name) if name else ""

        return check

    def named(self, values: dict[str, Any]) -> dict[str, Any]:
        """A customer without a name goes by its company, or by its person; and has the usual tier."""
        person = f"{values.get('given_name', '')} {values.get('family_name', '')}".strip()
        name = values.get("display_name") or values.get("company_name") or person
        if values.get("id"):
            return values
        usual = self.organization.default_tier
        return {**({"tier": usual.name} if usual else {}), **values, **({"display_name": name} if name else {})}

    def identities(self, values: Mapping[str, Any]) -> list[str]:
        if values.get("id"):
            return [f"id:{values['id']}"]
        name = values.get("display_name")
        return [f"name:{' '.join(name.casefold().split())}"] if name else []

    def known(self, identities: Iterable[str]) -> Found:
        wanted = set(identities)
        ids = [int(each[3:]) for each in wanted if each.startswith("id:") and each[3:].isdecimal() and len(each) < 22]
        names = {sort_key(each[5:]) for each in wanted if each.startswith("name:")}
        of = Customer.objects.filter(organization=self.organization)
        found: Found = {f"id:{each.pk}": [each] for each in of.filter(pk__in=ids)}
        for customer in of.filter(active__in=[True, False], sort_name__among=list(names)).order_by("pk"):
            found.setdefault(self.identities({"display_name": customer.display_name})[0], []).append(customer)
        return {identity: found[identity] for identity in wanted if identity in found}

    def held(self, record: Customer) -> dict[str, Any]:
        address = record.billing_address
        streets = [getattr(address, name) for name in _STREETS]
        return {
            **{name: getattr(record, name) for name in _PLAIN},
            "street": "\n".join(line for line in streets if line),
            "street2": "",
            **{name: getattr(address, name) for name in _PLACE},
            "terms": self._names.get((PaymentTerm, record.terms_id), ""),
            "tier": self._names.get((Tier, record.tier_id), ""),
        }

    def columns(self, values: Mapping[str, Any], record: Customer | None) -> dict[str, Any]:
        record = record or self._blank
        term = self._terms[values["terms"].casefold()].pk if values.get("terms") else None
        return {
            **{name: values.get(name, getattr(record, name)) for name in _PLAIN},
            "billing_address": _address(record.billing_address, values).as_dict(),
            "terms_id": term if "terms" in values else record.terms_id,
            "parent_id": record.parent_id,
            "balance": record.balance,
        }

    def vanished(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Terms and tiers go by their name, which somebody, or the books, may have changed since."""
        known = {"terms": self._terms, "tier": self._tiers}
        gone = [name for name in known if values.get(name) and values[name].casefold() not in known[name]]
        return {name: f"{self.labels[name]}: “{values[name]}” was renamed or removed since." for name in gone}

    def suspect(self, rows: Sequence[ImportRow]) -> None:
        parties = {row.number: _party(row, self.columns(row.values, None)) for row in rows}
        keys = {key for party in parties.values() for key in party.keys}
        ids = {pk for found in matchkeys.find(self.organization, keys).values() for pk in found}
        if not ids:
            return
        here = Customer.objects.filter(organization=self.organization).in_bulk(list(ids))
        ours = [matchkeys.party(customer) for customer in here.values()]
        decided = matching.decide(parties.values(), ours, holders_there={}, holders_here={})
        for row in rows:
            candidates = decided[row.number].candidates[:MOST_CANDIDATES]
            if candidates:
                row.act = Act.ASK
                row.said = "This may be a customer you have already."
                row.candidates = [
                    [each.ours_id, str(here[each.ours_id]), "; ".join(why.text for why in each.reasons)]
                    for each in candidates
                ]

    def created(self, ids: Sequence[int], ready: Sequence[dict[str, Any]]) -> None:
        keys = [(pk, key) for pk, columns in zip(ids, ready, strict=True) for key in columns["_keys"]]
        intake.add_match_keys(self.organization, keys)

    def beside(self, values: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
        """Tiers: the books know nothing of them, so `intake` does not either."""
        by_tier: dict[str, list[int]] = {}
        for pk, new in values:
            if "tier" in new:
                by_tier.setdefault(new["tier"].casefold(), []).append(pk)
        for name, ids in by_tier.items():
            Customer.objects.filter(organization=self.organization, pk__in=ids).update(tier=self._tiers.get(name))

    def prepare(self, rows: Sequence[ImportRow]) -> dict[int, dict[str, Any]]:
        ready = super().prepare(rows)
        for row in rows:
            if row.pk in ready:
                ready[row.pk]["_keys"] = _party(row, ready[row.pk]).keys
        return ready

    def changed(self, records: Sequence[Customer]) -> None:
        matchkeys.refresh(self.organization, records)

    def leaving(self, ids: Sequence[int], now: datetime) -> None:
        asked = Review.objects.filter(organization=self.organization, status=ReviewStatus.PENDING, entity=self.kind)
        if asked.exists():
            for pk in ids:
                quality.overtake_about(self.organization, self.kind, pk, now=now)


def _by_name(rows: Iterable[Any]) -> dict[str, Any]:
    return {row.name.casefold(): row for row in rows}


def _street(value: Any) -> str:
    lines = [line.strip() for line in checks.paragraphs(value).split("\n") if line.strip()]
    if len(lines) > len(_STREETS):
        raise checks.Unfit(f"At most {len(_STREETS)} lines. Put two of them on one.")
    return "\n".join(checks.line(500)(line) for line in lines)


def _address(address: Address, values: Mapping[str, Any]) -> Address:
    """The address with the parts that the values name; the second street line stands below the first."""
    new = {name: values[name] for name in _PLACE if name in values}
    if values.get("street") or values.get("street2") or "street" in values:
        lines = [*values.get("street", address.line1).split("\n"), values.get("street2", "")]
        lines = [line for line in lines if line][: len(_STREETS)]
        new |= dict(zip(_STREETS, [*lines, *[""] * len(_STREETS)], strict=False))
    return replace(address, **new)


def _party(row: ImportRow, columns: Mapping[str, Any]) -> matching.Party:
    return matching.Party(
        id=row.number,
        display_name=columns["display_name"],
        company_name=columns["company_name"],
        email=columns["email"],
        phones=(columns["phone"], columns["alternate_phone"], columns["mobile"]),
        address=Address.of(columns["billing_address"]),
        currency=columns["currency"],
        active=columns["active"],
        person=f"{columns['given_name']} {columns['family_name']}".strip(),
    )
