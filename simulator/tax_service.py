"""`POST /taxservice/taxcode`: a tax code and its rates made in one call, the only way to make them (api 5.7)."""

from typing import Any

from simulator import checking, refusals, writing
from simulator.books import Body, Books, Record, fold
from simulator.money import plain
from simulator.rules import RULES
from simulator.schema import ENTITIES

CODE_KEYS = frozenset({"TaxCode", "TaxCodeId", "TaxRateDetails", "domain", "sparse"})
RATE_KEYS = frozenset({"TaxRateName", "TaxRateId", "RateValue", "TaxAgencyId", "TaxApplicableOn"})


def create(books: Books, given: Body) -> Body:
    """Check everything, then make the new rates and the code; what the reply tells of them."""
    writing.check_subscription(books)
    _known(given, CODE_KEYS, "TaxService")
    name = _text(given, "TaxCode")
    details = given.get("TaxRateDetails")
    if not isinstance(details, list) or not details:
        raise refusals.required("TaxRateDetails")
    _free(books, "TaxCode", name)
    wanted = [_read(books, checking.mapping("TaxRateDetails", each)) for each in details]
    made = [each if "TaxRateId" in each else _make_rate(books, each) for each in wanted]
    code = _make_code(books, name, made)
    return {"TaxCode": name, "TaxCodeId": code.id, "TaxRateDetails": made}


def _known(given: Body, keys: frozenset[str], class_name: str) -> None:
    for name in given:
        if name not in keys:
            raise refusals.unknown_property(name, class_name, sorted(keys))


def _text(given: Body, name: str) -> str:
    text = str(checking.scalar(name, given.get(name)) or "").strip()
    if not text:
        raise refusals.required(name)
    if len(text) > 100:
        raise refusals.bad_length(name, len(text), 100)
    return text


def _free(books: Books, entity: str, name: str) -> None:
    if books.holder(entity, fold(name)) is not None:
        raise refusals.name_exists()


def _read(books: Books, given: Body) -> Body:
    """An existing rate by its id, or the particulars of a new one."""
    _known(given, RATE_KEYS, "TaxRateDetails")
    if given.get("TaxRateId"):
        rate = books.find("TaxRate", str(given["TaxRateId"]))
        if rate is None:
            raise refusals.invalid_reference("TaxRates", str(given["TaxRateId"]))
        return {"TaxRateId": rate.id, "TaxRateName": rate.body["Name"], "RateValue": rate.body["RateValue"]}
    name = _text(given, "TaxRateName")
    _free(books, "TaxRate", name)
    if given.get("RateValue") is None:
        raise refusals.required("RateValue")
    value = plain(checking.decimal("RateValue", given["RateValue"]))
    if not 0 <= value <= 100:
        raise refusals.number_range("RateValue", value)
    agency = str(given.get("TaxAgencyId") or "1")
    if books.find("TaxAgency", agency) is None:
        raise refusals.invalid_reference("TaxAgencys", agency)
    side = str(given.get("TaxApplicableOn") or "Sales")
    if side not in {"Sales", "Purchase"}:
        raise refusals.invalid_enumeration("TaxApplicableOn", side)
    return {"TaxRateName": name, "RateValue": value, "TaxAgencyId": agency, "TaxApplicableOn": side}


def _make_rate(books: Books, told: Body) -> Body:
    body = {
        "Name": told["TaxRateName"], "Active": True, "RateValue": told["RateValue"],
        "AgencyRef": {"value": told["TaxAgencyId"]}, "SpecialTaxType": "NONE", "DisplayType": "ReadOnly",
    }  # fmt: skip
    return {**told, "TaxRateId": _add(books, "TaxRate", body).id}


def _make_code(books: Books, name: str, rates: list[Body]) -> Record:
    sides: dict[str, list[Body]] = {"Sales": [], "Purchase": []}
    for rate in rates:
        side = sides[rate.get("TaxApplicableOn", "Sales")]
        order = {"TaxTypeApplicable": "TaxOnAmount", "TaxOrder": len(side)}
        side.append({"TaxRateRef": {"value": rate["TaxRateId"]}, **order})
    body: dict[str, Any] = {
        "Name": name, "Description": name, "Active": True, "Hidden": False, "Taxable": True, "TaxGroup": True,
        "SalesTaxRateList": {"TaxRateDetail": sides["Sales"]},
        "PurchaseTaxRateList": {"TaxRateDetail": sides["Purchase"]},
    }  # fmt: skip
    return _add(books, "TaxCode", body)


def _add(books: Books, entity: str, body: Body) -> Record:
    record = books.add(ENTITIES[entity], body)
    RULES[entity].saved(books, record, {})
    return record
