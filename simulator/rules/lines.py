"""The lines of a sales document: read, checked, renumbered, with the sub-total the server adds (api 4.3, 5.3.2)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from simulator import refusals
from simulator.books import Body, Books, Record, fold
from simulator.checking import day, decimal, mapping, scalar
from simulator.money import ZERO, cents, plain
from simulator.rules.bundles import GROUP, SALES, contents
from simulator.rules.listed import refer
from simulator.schema import REF

SUBTOTAL, DISCOUNT, TEXT = "SubTotalLineDetail", "DiscountLineDetail", "DescriptionOnly"
SHIPPING = "SHIPPING_ITEM_ID"
PSEUDO_CODES = ("TAX", "NON", "CustomSalesTax")
MOST_LINES, MOST_TAXABLE = 10_000, 750
TOO_MUCH = Decimal(10) ** 10  # eleven digits before the point (api 2.3)

LINE_KEYS = frozenset({
    "Id", "LineNum", "Description", "Amount", "LinkedTxn", "DetailType", "CustomExtensions", "CustomField", "LineEx",
    "Received", "ProjectRef", "SalesItemLineDetail", "SubTotalLineDetail", "DiscountLineDetail",
    "DescriptionLineDetail", "GroupLineDetail", "TaxLineDetail", "DescriptionOnly",
})  # fmt: skip
SALES_KEYS = frozenset({
    "ItemRef", "Qty", "UnitPrice", "TaxCodeRef", "ClassRef", "ServiceDate", "DiscountAmt", "DiscountRate",
    "ItemAccountRef", "TaxInclusiveAmt", "MarkupInfo", "RatePercent", "PriceLevelRef", "TaxClassificationRef", "UOMRef",
    "DeferredRevenue", "InventorySiteRef", "SalesItemLineDetailEx",
})  # fmt: skip


@dataclass(slots=True)
class Lines:
    """The lines as the reply shows them, and the sums a document needs."""

    shown: list[Body] = field(default_factory=list)
    subtotal: Decimal = ZERO
    discount: Decimal = ZERO
    shipping: Decimal = ZERO

    @property
    def sales(self) -> list[Body]:
        """The lines that sell something, shipping and the contents of bundles included: what tax is computed on."""
        return list(selling(self.shown))

    @property
    def net(self) -> Decimal:
        return self.subtotal - self.discount + self.shipping


def selling(lines: Iterable[Body]) -> Iterator[Body]:
    """The lines that sell something, those inside bundles too."""
    for line in lines:
        if line["DetailType"] == SALES:
            yield line
        elif line["DetailType"] == GROUP:
            yield from line[GROUP].get("Line", ())


def read(given: Iterable[Any]) -> list[Body]:
    """Lines in canonical form; 2010, 2020 or 2080 for what cannot be read. Sub-totals are dropped (api 4.3)."""
    read_lines = [_read(line) for line in given]
    kept = [line for line in read_lines if line["DetailType"] != SUBTOTAL]
    if not any(line["DetailType"] in (SALES, GROUP) or _is_inline_subtotal(line) for line in kept):
        raise refusals.required("Line")
    taxable = sum(1 for line in selling(kept) if line[SALES].get("TaxCodeRef", {}).get("value", "NON") != "NON")
    if len(kept) > MOST_LINES or taxable > MOST_TAXABLE:
        raise refusals.business(f"A transaction may have at most {MOST_TAXABLE} taxable lines.")
    return kept


def _is_inline_subtotal(line: Body) -> bool:
    return line["DetailType"] == TEXT and str(line.get("Description", "")).startswith("Subtotal:")


def _read(line: Any) -> Body:
    for name in mapping("Line", line):
        if name not in LINE_KEYS:
            raise refusals.unknown_property(name, "Line", sorted(LINE_KEYS))
    kind = line.get("DetailType") or next((key for key in _READERS if key in line), None)
    if kind is None:
        raise refusals.required("DetailType")
    head: Body = {"Id": str(scalar("Line.Id", line["Id"]))} if line.get("Id") else {}
    if line.get("Description"):
        head["Description"] = str(scalar("Line.Description", line["Description"]))
        if len(head["Description"]) > 4000:
            raise refusals.bad_length("Line.Description", len(head["Description"]), 4000)
    reader = _READERS.get(str(kind))
    if reader is None:
        raise refusals.invalid_enumeration("Line.DetailType", kind)
    return {**head, **reader(line), "DetailType": kind}


def _read_subtotal(_line: Body) -> Body:
    return {}


def _read_text(line: Body) -> Body:
    return {"DescriptionLineDetail": mapping("DescriptionLineDetail", line.get("DescriptionLineDetail") or {})}


def _amount(line: Body) -> Decimal:
    if line.get("Amount") is None:
        raise refusals.required("Line.Amount")
    amount = decimal("Line.Amount", line["Amount"])
    if abs(amount) >= TOO_MUCH:
        raise refusals.number_range("Line.Amount", amount)
    return cents(amount)


def _read_sales(line: Body) -> Body:
    given = mapping(SALES, line.get(SALES) or {})
    for name in given:
        if name not in SALES_KEYS:
            raise refusals.unknown_property(name, SALES, sorted(SALES_KEYS))
    detail: Body = {}
    if given.get("ServiceDate"):
        detail["ServiceDate"] = day("ServiceDate", given["ServiceDate"])
    for name in ("ItemRef", "ClassRef", "TaxCodeRef"):
        value = _reference(given.get(name))
        if value:
            detail[name] = {"value": value}
    for name in ("UnitPrice", "Qty", "TaxInclusiveAmt", "DiscountAmt", "DiscountRate"):
        if given.get(name) is not None:
            detail[name] = plain(decimal(name, given[name]))
    return {"Amount": _amount(line), SALES: detail}


def _reference(value: Any) -> str:
    if isinstance(value, dict):
        for name in value:
            if name not in REF:
                raise refusals.unknown_property(name, "ReferenceType", sorted(REF))
        value = value.get("value")
    return "" if value is None else str(scalar("ReferenceType", value))


def _read_discount(line: Body) -> Body:
    given = mapping(DISCOUNT, line.get(DISCOUNT) or {})
    detail: Body = {"PercentBased": bool(given.get("PercentBased")) or given.get("DiscountPercent") is not None}
    if detail["PercentBased"]:
        if given.get("DiscountPercent") is None:
            raise refusals.required("DiscountPercent")
        detail["DiscountPercent"] = plain(decimal("DiscountPercent", given["DiscountPercent"]))
        return {"Amount": None, DISCOUNT: _with_account(detail, given)}
    return {"Amount": _amount(line), DISCOUNT: _with_account(detail, given)}


def _with_account(detail: Body, given: Body) -> Body:
    account = _reference(given.get("DiscountAccountRef"))
    return {**detail, "DiscountAccountRef": {"value": account}} if account else detail


def _read_group(line: Body) -> Body:
    given = mapping(GROUP, line.get(GROUP) or {})
    bundle = _reference(given.get("GroupItemRef"))
    if not bundle:
        raise refusals.required("GroupItemRef")
    inside = [_read(each) for each in given.get("Line") or ()]
    quantity = plain(decimal("Quantity", given.get("Quantity", 1)))
    return {GROUP: {"GroupItemRef": {"value": bundle}, "Quantity": quantity, "Line": inside}}


_READERS = {
    SALES: _read_sales, DISCOUNT: _read_discount, GROUP: _read_group, TEXT: _read_text, SUBTOTAL: _read_subtotal,
}  # fmt: skip


def references(books: Books, lines: list[Body], earlier: list[Body]) -> None:
    """Items must exist and, on a new line, be active; tax codes must exist (api 5.2)."""
    used = {line[SALES].get("ItemRef", {}).get("value") for line in selling(earlier)}
    for line in selling(lines):
        item = line[SALES].get("ItemRef", {}).get("value")
        if item and item != SHIPPING and item not in used:
            refer(books, "Item", item)
        code = line[SALES].get("TaxCodeRef", {}).get("value")
        if code and code not in PSEUDO_CODES:
            refer(books, "TaxCode", code)


@dataclass(slots=True)
class _Ids:
    """Which ids the lines of this document have, and the highest one ever given (api 4.3)."""

    known: set[str]
    last: int

    def of(self, line: Body) -> str:
        """Its own when the document knows it, else a new one."""
        id = line.get("Id")
        if id in self.known:
            return str(id)
        self.last += 1
        return str(self.last)


def complete(books: Books, lines: list[Body], before: Record | None, *, domestic: bool) -> tuple[Lines, int]:
    """The full set as it will be shown, and the highest Line.Id given so far in this document (api 4.3)."""
    shown_before = before.body["Line"] if before else []
    known = {line["Id"] for line in [*shown_before, *selling(shown_before)] if "Id" in line}
    ids = _Ids(known, before.last_line if before else 0)
    result = Lines()
    for number, line in enumerate(_products(lines), start=1):
        head = {"Id": ids.of(line), "LineNum": number}
        if line["DetailType"] == GROUP:
            shown = _shown_group(books, line, ids, domestic=domestic)
            result.subtotal += sum((each["Amount"] for each in shown[GROUP]["Line"]), ZERO)
        else:
            if line["DetailType"] == SALES:
                _check_amount(line)
                result.subtotal += line["Amount"]
            shown = _shown(books, line, result.subtotal, domestic=domestic)
        result.shown.append({**head, **shown})
    result.shown.append({"Amount": cents(result.subtotal), "DetailType": SUBTOTAL, SUBTOTAL: {}})
    _add_discount(books, lines, result)
    _add_shipping(books, lines, result)
    return result, ids.last


def _shown_group(books: Books, line: Body, ids: _Ids, *, domestic: bool) -> Body:
    inside = []
    for number, each in enumerate(contents(books, line), start=1):
        _check_amount(each)
        inside.append({"Id": ids.of(each), "LineNum": number, **_shown(books, each, ZERO, domestic=domestic)})
    described = {"Description": line["Description"]} if "Description" in line else {}
    return {**described, "DetailType": GROUP, GROUP: {**line[GROUP], "Line": inside}}


def _is_shipping(line: Body) -> bool:
    return line["DetailType"] == SALES and line[SALES].get("ItemRef", {}).get("value") == SHIPPING


def _products(lines: list[Body]) -> list[Body]:
    return [line for line in lines if line["DetailType"] in (SALES, GROUP, TEXT) and not _is_shipping(line)]


def _check_amount(line: Body) -> None:
    """6070 unless Amount is Qty × UnitPrice, rounded half up; both zero is let pass (api 5.3.2)."""
    quantity, price = line[SALES].get("Qty"), line[SALES].get("UnitPrice")
    if quantity is None or price is None or (not quantity and not price):
        return
    if cents(quantity * price) != line["Amount"]:
        raise refusals.amount_mismatch(line["Amount"])


def _shown(books: Books, line: Body, so_far: Decimal, *, domestic: bool) -> Body:
    shown: Body = {}
    if line["DetailType"] == TEXT:
        text = f"Subtotal: {so_far:.2f}" if _is_inline_subtotal(line) else line.get("Description", "")
        return {
            **shown, "Description": text, "DetailType": TEXT, "DescriptionLineDetail": line["DescriptionLineDetail"],
        }  # fmt: skip
    if "Description" in line:
        shown["Description"] = line["Description"]
    detail = _sales_detail(books, line[SALES], domestic=domestic)
    return {**shown, "Amount": line["Amount"], "DetailType": SALES, SALES: detail, "CustomExtensions": []}


def _sales_detail(books: Books, given: Body, *, domestic: bool) -> Body:
    """Key order of the recordings, ItemAccountRef looked up, TaxCodeRef NON unless said (api 5.3.4)."""
    detail: Body = {
        name: given[name]
        for name in ("ServiceDate", "ItemRef", "ClassRef", "UnitPrice", "Qty", "DiscountRate", "DiscountAmt")
        if name in given
    }
    item = books.find("Item", given["ItemRef"]["value"]) if "ItemRef" in given else None
    if item and "IncomeAccountRef" in item.body:
        detail["ItemAccountRef"] = item.body["IncomeAccountRef"]
    if "TaxCodeRef" in given or domestic:
        detail["TaxCodeRef"] = given.get("TaxCodeRef", {"value": "NON"})
    if "TaxInclusiveAmt" in given:
        detail["TaxInclusiveAmt"] = given["TaxInclusiveAmt"]
    return detail


def _add_discount(books: Books, lines: list[Body], result: Lines) -> None:
    discounts = [line for line in lines if line["DetailType"] == DISCOUNT]
    if not discounts:
        return
    if not books.preference("SalesFormsPrefs.AllowDiscount"):
        raise refusals.business("Discounts are turned off for this company: AllowDiscount is false.")
    if len(discounts) > 1:
        raise refusals.business("A transaction may have only one discount line.", refusals.BAD_DISCOUNT)
    detail = dict(discounts[0][DISCOUNT])
    if detail["PercentBased"]:
        amount = cents(result.subtotal * detail["DiscountPercent"] / 100)
    else:
        amount = discounts[0]["Amount"]
    detail.setdefault("DiscountAccountRef", _discount_account(books))
    result.discount = amount
    result.shown.append({"Amount": amount, "DetailType": DISCOUNT, DISCOUNT: detail})


def _discount_account(books: Books) -> Body:
    account = books.holder("Account", fold(":Discounts given"))
    return {"value": account.id if account else "86"}


def _add_shipping(books: Books, lines: list[Body], result: Lines) -> None:
    shipping = [line for line in lines if _is_shipping(line)]
    if not shipping:
        return
    if not books.preference("SalesFormsPrefs.AllowShipping"):
        raise refusals.business("Shipping is turned off for this company: AllowShipping is false.")
    result.shipping = sum((line["Amount"] for line in shipping), ZERO)
    detail = {"ItemRef": {"value": SHIPPING}, "TaxCodeRef": shipping[0][SALES].get("TaxCodeRef", {"value": "NON"})}
    result.shown.append({"Amount": cents(result.shipping), "DetailType": SALES, SALES: detail})
