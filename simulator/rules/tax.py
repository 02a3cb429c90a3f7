"""Sales tax on a document: off, manual US, automated US, and the codes of other countries (api 5.3.4)."""

from collections import defaultdict
from decimal import Decimal
from itertools import batched

from simulator import refusals
from simulator.books import Body, Books
from simulator.money import ZERO, cents, plain
from simulator.rules.bundles import SALES
from simulator.rules.labels import state_of
from simulator.rules.lines import Lines

AUTOMATED_CODE = "2"
# Plausible combined rates by ship-to state, so that automated tax gives believable figures. Not for filing.
STATE_RATES = {
    state: Decimal(rate)
    for line in (
        "AL 9.25 AZ 8.4 AR 9.45 CA 8.75 CO 7.8 CT 6.35 FL 7 GA 7.4 HI 4.5 ID 6 IL 8.85 IN 7 IA 6.9",
        "KS 8.65 KY 6 LA 9.55 ME 5.5 MD 6 MA 6.25 MI 6 MN 7.5 MS 7.05 MO 8.35 NE 6.95 NV 8.25 NJ 6.6",
        "NM 7.6 NY 8.5 NC 7 ND 7 OH 7.25 OK 9 PA 6.35 RI 7 SC 7.45 SD 6.1 TN 9.55 TX 8.2 UT 7.2",
        "VT 6.35 VA 5.75 WA 9.4 WV 6.55 WI 5.45 WY 5.35 DC 6",
    )
    for state, rate in batched(line.split(), 2)
}
NO_RATE = "Make sure all your transactions have a GST/HST rate before you save."


def assess(books: Books, body: Body, lines: Lines, given: Body | None) -> Body:
    """The TxnTaxDetail of a document. `given` is the detail of this request, None when it had none."""
    if not is_domestic(books):
        return _foreign(books, body, lines, given)
    body.pop("GlobalTaxCalculation", None)  # the United States have none
    if not books.preference("TaxPrefs.UsingSalesTax"):
        return {"TotalTax": ZERO}
    taxable = _taxable(books, body, lines)
    if books.preference("TaxPrefs.PartnerTaxEnabled"):
        return _automated(books, body, taxable, given)
    code = (given or {}).get("TxnTaxCodeRef") or body.get("TxnTaxDetail", {}).get("TxnTaxCodeRef")
    return _manual(books, code["value"], taxable) if code else {"TotalTax": ZERO}


def is_domestic(books: Books) -> bool:
    return books.tables["CompanyInfo"].records["1"].body.get("Country") in {"US", "USA"}


def _taxable(books: Books, body: Body, lines: Lines) -> Decimal:
    customer = books.find("Customer", body["CustomerRef"]["value"]) if "CustomerRef" in body else None
    if customer is not None and not customer.body.get("Taxable", True):
        return ZERO
    amount = sum((line["Amount"] for line in lines.sales if line[SALES]["TaxCodeRef"]["value"] == "TAX"), ZERO)
    if body.get("ApplyTaxAfterDiscount") and lines.subtotal:
        amount -= cents(lines.discount * amount / lines.subtotal)
    return amount


def _automated(books: Books, body: Body, taxable: Decimal, given: Body | None) -> Body:
    """The server decides by the ship-to state; only TotalTax may be overridden."""
    address = body.get("ShipAddr") or body.get("BillAddr") or {}
    state = state_of(address)
    detail = _detail(AUTOMATED_CODE, [(_state_rate(books, state), STATE_RATES.get(state, ZERO), taxable)])
    if given and given.get("TotalTax") is not None:
        detail["TotalTax"] = cents(given["TotalTax"])
    return detail


def _state_rate(books: Books, state: str) -> str:
    rate = books.holder("TaxRate", f"state {state}".casefold())
    return rate.id if rate else "3"


def _manual(books: Books, code_id: str, taxable: Decimal) -> Body:
    code = books.find("TaxCode", code_id)
    if code is None:
        raise refusals.invalid_reference("TaxCodes", code_id)
    return _detail(code_id, [(id, rate, taxable) for id, rate in rates(books, code_id)])


def rates(books: Books, code_id: str) -> list[tuple[str, Decimal]]:
    """(TaxRate id, percent) of a tax code for sales."""
    code = books.find("TaxCode", code_id)
    listed = code.body.get("SalesTaxRateList", {}).get("TaxRateDetail", []) if code else []
    found = ((each["TaxRateRef"]["value"], books.find("TaxRate", each["TaxRateRef"]["value"])) for each in listed)
    return [(id, Decimal(rate.body["RateValue"])) for id, rate in found if rate]


def _detail(code: str, parts: list[tuple[str, Decimal, Decimal]]) -> Body:
    tax_lines = [_tax_line(id, rate, net) for id, rate, net in parts]
    total = sum((line["Amount"] for line in tax_lines), ZERO)
    return {"TxnTaxCodeRef": {"value": code}, "TotalTax": cents(total), "TaxLine": tax_lines}


def _tax_line(rate_id: str, rate: Decimal, net: Decimal) -> Body:
    return {
        "Amount": cents(net * rate / 100),
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": rate_id},
            "PercentBased": True,
            "TaxPercent": plain(rate),
            "NetAmountTaxable": cents(net),
        },
    }


def _foreign(books: Books, body: Body, lines: Lines, given: Body | None) -> Body:
    """Every line names a tax code; a stale TotalTax sent back is refused with 6000."""
    if body.setdefault("GlobalTaxCalculation", "TaxExcluded") == "NotApplicable":
        return {"TotalTax": ZERO}
    nets: defaultdict[tuple[str, Decimal], Decimal] = defaultdict(lambda: ZERO)
    for line in lines.sales:
        code = line[SALES].get("TaxCodeRef", {}).get("value")
        if not code or books.find("TaxCode", code) is None:
            raise refusals.business(NO_RATE, refusals.NO_LINE_TAX)
        for id, rate in rates(books, code):
            nets[id, rate] += _net(line["Amount"], rate, body["GlobalTaxCalculation"])
    tax_lines = [_tax_line(id, rate, net) for (id, rate), net in nets.items()]
    total = cents(sum((line["Amount"] for line in tax_lines), ZERO))
    if given and given.get("TotalTax") is not None and cents(given["TotalTax"]) != total:
        raise refusals.business("The tax amount does not agree with the tax codes of the lines.")
    return {"TotalTax": total, "TaxLine": tax_lines}


def _net(amount: Decimal, rate: Decimal, calculation: str) -> Decimal:
    return cents(amount * 100 / (100 + rate)) if calculation == "TaxInclusive" else amount
