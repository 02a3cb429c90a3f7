"""Amounts that both systems come to (R19), and tax said explicitly (R20)."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buddy.hub import customers, orders
from buddy.hub.address import Address
from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice, InvoiceLine, create_from_orders
from buddy.hub.money import cents, line_amount, net_unit_price
from buddy.hub.orders import LineDraft, SalesOrder
from buddy.hub.products import Product
from buddy.hub.team import Organization, User
from buddy.hub.terms import PaymentTerm
from buddy.quickbooks.client import batch_body
from buddy.sync import invoicing
from buddy.sync.mapping.invoice import Out, new_body
from buddy.sync.models import Connection, Outcome, Trouble
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import DAY, REALM, another_order, connect, invoice, sync
from tests.sync.wire import Wire

in_database = pytest.mark.django_db(transaction=True)


# --- R19 -------------------------------------------------------------------------------------------------------------


@given(
    st.decimals("0.0001", "99999", places=4),
    st.decimals("0", "100", places=2),
    st.decimals("0.0001", "9999", places=4),
)
def test_quickbooks_comes_to_the_same_amount_as_we_do(price: Decimal, discount: Decimal, quantity: Decimal) -> None:
    """What is sent as quantity and unit price multiplies to the amount that is sent with it (6070)."""
    net = net_unit_price(price, discount)
    line = InvoiceLine(product_id=1, quantity=quantity, unit_price=net, amount=line_amount(quantity, net))
    made = Invoice(invoice_date=DAY, due_date=DAY, ship_to=Address())
    sent = new_body(made, [line], Out("1", "", "", {1: "7"}, {}, "", {}, "Buddy #aaaaaaaaaa"))["Line"][0]
    detail = sent["SalesItemLineDetail"]
    assert cents(detail["Qty"] * detail["UnitPrice"]) == sent["Amount"]
    assert -detail["UnitPrice"].as_tuple().exponent <= 4
    written = batch_body([("i1", "create", "Invoice", {"Line": [sent]}, "")])
    assert not re.search(rb"\d[eE][-+]?\d", written)


@pytest.mark.parametrize(
    ("price", "discount", "quantity", "net", "amount"),
    [
        ("12.50", "0", "4", "12.5000", "50.00"),
        ("10.00", "12.5", "3", "8.7500", "26.25"),
        ("0.3333", "50", "1000", "0.1667", "166.70"),  # half up, and the amount from the rounded price
        ("1.005", "0", "1", "1.0050", "1.01"),  # half up, not to even
        ("19.99", "100", "7", "0.0000", "0.00"),
    ],
)
def test_the_discount_is_in_the_unit_price_rounded_half_up(
    price: str, discount: str, quantity: str, net: str, amount: str
) -> None:
    found = net_unit_price(Decimal(price), Decimal(discount))
    assert (str(found), str(line_amount(Decimal(quantity), found))) == (net, amount)


@in_database
def test_odd_prices_and_discounts_come_back_as_they_went(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    product = Product.objects.get()
    drafts = [
        LineDraft(product, Decimal("3.25"), unit_price=Decimal("7.7777"), discount_percent=Decimal("12.5")),
        LineDraft(product, Decimal(1000), unit_price=Decimal("0.3333"), discount_percent=Decimal(50)),
        LineDraft(product, Decimal(7), unit_price=Decimal("1.005")),
        LineDraft(product, Decimal(2), discount_percent=Decimal(100)),
    ]
    odd = orders.place(connected.organization, order.customer, lines=drafts, status="confirmed", by=None)
    made = invoice(odd, by=admin)
    predicted = made.predicted_total
    assert sync(connected.organization) == Outcome.DONE
    assert not Trouble.objects.exists()
    made.refresh_from_db()
    assert made.total == predicted == odd.total == company.all("Invoice")[0]["TotalAmt"]
    assert [line.amount for line in made.lines.all()] == [line.amount for line in odd.lines.all()]


@in_database
def test_numbers_go_out_bare_and_exact(order: SalesOrder, connected: Connection, admin: User, wire: Wire) -> None:
    invoice(another_order("2.5"), by=admin)
    sync(connected.organization)
    assert b'"Amount":31.25' in wire.batches[0].content
    assert b'"Qty":2.5' in wire.batches[0].content
    assert b'"UnitPrice":12.5' in wire.batches[0].content


@in_database
def test_a_customer_in_another_currency_is_not_invoiced_and_the_reason_told(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    company.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"] = True
    books.customer(company, "Café Zürich", CurrencyRef={"value": "EUR"})
    sync(connected.organization)
    foreign = Customer.objects.get(display_name="Café Zürich")
    assert foreign.currency == "EUR"
    theirs = make.order(foreign, [(Product.objects.get(), 4)])
    plan = invoicing.preflight(connected.organization, [order.pk, theirs.pk], combine=True, invoice_date=DAY)
    [blocked] = plan.blocked
    assert (blocked.order.pk, blocked.cause) == (theirs.pk, "currency")
    assert "EUR" in blocked.reason
    assert plan.totals == [("USD", Decimal("50.00"))]


@in_database
def test_another_home_currency_there_stops_every_invoice(order: SalesOrder, connected: Connection) -> None:
    Connection.objects.update(facts={**Connection.objects.get().facts, "currency": "CAD"})
    plan = invoicing.preflight(connected.organization, [order.pk], combine=False, invoice_date=DAY)
    assert [each.cause for each in plan.blocked] == ["home"]


def test_sums_never_mix_currencies() -> None:
    planned = [
        invoicing.Planned(None, [], 1, Decimal(amount), currency, None, DAY, DAY, "")  # type: ignore[arg-type]
        for amount, currency in ((1, "USD"), (2, "EUR"), (3, "USD"))
    ]
    assert invoicing.Preflight(planned).totals == [("EUR", Decimal(2)), ("USD", Decimal(4))]


@in_database
def test_under_multicurrency_the_currency_is_said(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    company.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"] = True
    Connection.objects.update(facts_at=None)
    sync(connected.organization)
    invoice(order, by=admin)
    customers.create(connected.organization, {"display_name": "New"}, by=None)
    sync(connected.organization)
    assert wire.sent("Invoice")[0]["CurrencyRef"] == {"value": "USD"}
    assert wire.sent("Customer")[0]["CurrencyRef"] == {"value": "USD"}


# --- R20 -------------------------------------------------------------------------------------------------------------


def tax_codes(wire: Wire) -> list[str]:
    return [line["SalesItemLineDetail"]["TaxCodeRef"]["value"] for line in wire.sent("Invoice")[-1]["Line"]]


@in_database
@pytest.mark.parametrize(
    ("product", "customer", "code"),
    [(True, True, "TAX"), (True, False, "NON"), (False, True, "NON"), (False, False, "NON")],
)
def test_every_line_says_whether_it_is_taxed(
    order: SalesOrder, connected: Connection, admin: User, wire: Wire, product: bool, customer: bool, code: str
) -> None:
    Product.objects.update(taxable=product)
    Customer.objects.update(taxable=customer)
    invoice(another_order(), by=admin)
    sync(connected.organization)
    assert tax_codes(wire) == [code]


@in_database
@pytest.mark.parametrize(("automated", "sent"), [(False, True), (True, False)])
def test_manual_tax_names_the_rate_and_automated_tax_leaves_it(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire, automated: bool, sent: bool
) -> None:
    company.preferences["TaxPrefs"] |= {"UsingSalesTax": True, "PartnerTaxEnabled": automated}
    company.preferences["TaxPrefs"]["TaxGroupCodeRef"] = {"value": "2"}
    Connection.objects.update(facts_at=None)
    Product.objects.update(taxable=True)
    Customer.objects.update(taxable=True)
    books.change(company, "Customer", company.all("Customer")[0]["Id"], Notes="x", Taxable=True)
    sync(connected.organization)
    made = invoice(another_order(), by=admin)
    sync(connected.organization)
    body = wire.sent("Invoice")[0]
    assert body.get("TxnTaxDetail") == ({"TxnTaxCodeRef": {"value": "2"}} if sent else None)
    made.refresh_from_db()
    assert (made.tax > 0) is sent  # no address here, so automated tax finds no rate
    assert (made.predicted_total, made.subtotal) == (50, 50)
    assert made.total == made.subtotal + made.tax


@in_database
def test_the_customers_own_rate_comes_before_the_companys(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    company.preferences["TaxPrefs"] |= {"UsingSalesTax": True, "TaxGroupCodeRef": {"value": "2"}}
    code = next(each["Id"] for each in company.all("TaxCode") if each["Id"].isdigit())
    books.change(company, "Customer", company.all("Customer")[0]["Id"], DefaultTaxCodeRef={"value": code})
    Connection.objects.update(facts={**Connection.objects.get().facts, "tax": "manual", "tax_code": "77"})
    Product.objects.update(taxable=True)
    sync(connected.organization)
    invoice(another_order(), by=admin)
    sync(connected.organization)
    assert wire.sent("Invoice")[0]["TxnTaxDetail"] == {"TxnTaxCodeRef": {"value": code}}


@pytest.fixture
def abroad(organization: Organization, sim: Simulator, admin: User) -> Company:
    """Connected to a Canadian company, whose one item has a tax code and another has none."""
    there = sim.add_company("Larkspur Canada", realm=REALM, country="CA")
    Organization.objects.update(currency="CAD")
    organization.refresh_from_db()
    connect(organization, sim, REALM, by=admin)
    books.customer(there, "Hotel Albion", Taxable=False)  # so that it has no tax code of its own
    books.item(there, "Olives", SalesTaxCodeRef={"value": "3"})
    books.item(there, "Gift wrap")
    sync(organization)
    return there


@in_database
def test_outside_the_us_every_line_carries_a_code(
    abroad: Company, organization: Organization, admin: User, wire: Wire
) -> None:
    order = make.order(Customer.objects.get(), [(Product.objects.get(name="Olives"), 4)])
    made = invoice(order, by=admin)
    assert sync(organization) == Outcome.DONE
    [body] = wire.sent("Invoice")
    assert (body["GlobalTaxCalculation"], tax_codes(wire)) == ("TaxExcluded", ["3"])
    made.refresh_from_db()
    assert (made.tax, made.total) == (Decimal("6.50"), Decimal("56.50"))


@in_database
def test_outside_the_us_a_line_without_a_code_is_not_invoiceable(abroad: Company, organization: Organization) -> None:
    order = make.order(Customer.objects.get(), [(Product.objects.get(name="Gift wrap"), 1)])
    [blocked] = invoicing.preflight(organization, [order.pk], combine=False, invoice_date=DAY).blocked
    assert blocked.cause.startswith("tax:")
    assert "Gift wrap" in blocked.reason


@in_database
def test_outside_the_us_the_customers_code_stands_in(
    abroad: Company, organization: Organization, admin: User, wire: Wire
) -> None:
    books.change(abroad, "Customer", abroad.all("Customer")[0]["Id"], DefaultTaxCodeRef={"value": "2"})
    sync(organization)
    lines = [(Product.objects.get(name=name), 1) for name in ("Olives", "Gift wrap")]
    invoice(make.order(Customer.objects.get(), lines), by=admin)
    assert sync(organization) == Outcome.DONE
    assert tax_codes(wire) == ["3", "2"]


@in_database
def test_where_to_when_and_to_whom_are_said_too(
    connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    """Tax depends on ShipAddr, and QuickBooks copies no email of itself (api 5.3)."""
    books.customer(company, "Hotel Albion", email="ap@albion.example")
    books.item(company, "Olives")
    sync(connected.organization)
    customer = Customer.objects.get()
    Customer.objects.update(terms=PaymentTerm.objects.get(name="Net 15"))
    dock = make.location(customer, address=Address(line1="Dock 9", city="Salem", region="MA", postal_code="01970"))
    customer.refresh_from_db()
    made = invoice(make.order(customer, [(Product.objects.get(), 4)], location=dock), by=admin)
    sync(connected.organization)
    body: dict[str, Any] = wire.sent("Invoice")[0]
    assert (body["TxnDate"], body["DueDate"], body["SalesTermRef"]) == ("2026-11-24", "2026-12-09", {"value": "2"})
    assert body["BillEmail"] == {"Address": "ap@albion.example"}
    assert body["ShipAddr"] == {
        "Line1": "Dock 9", "City": "Salem", "CountrySubDivisionCode": "MA", "PostalCode": "01970",
    }  # fmt: skip
    made.refresh_from_db()
    assert (made.due_date.isoformat(), made.terms and made.terms.name) == ("2026-12-09", "Net 15")


@in_database
def test_a_total_that_differs_is_explained_by_what_was_changed_there(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    made = invoice(order, by=admin)
    sync(order.organization)
    made.refresh_from_db()
    found = invoicing.compare(made)
    assert found is not None
    assert (found.agrees, found.predicted, found.reasons) == (True, Decimal(50), ())
    company.preferences["SalesFormsPrefs"]["AllowDiscount"] = True
    there = company.all("Invoice")[0]
    lines = [books.sale(company.all("Item")[0]["Id"], 3), {"DetailType": "DiscountLineDetail", "Amount": 2.5}]
    books.change(company, "Invoice", there["Id"], Line=lines)
    sync(order.organization)
    made.refresh_from_db()
    found = invoicing.compare(made)
    assert found is not None
    assert (found.agrees, found.theirs) == (False, made.total - made.tax)
    assert [(each.words, each.amount) for each in found.reasons] == [
        ("Lines that were added, changed or taken off there", Decimal("-12.50")),
        ("A discount that was taken there", Decimal("-2.50")),
    ]


@in_database
@pytest.mark.parametrize(("tax", "theirs", "agrees"), [("automated", 50, True), ("off", 54, False)])
def test_only_where_quickbooks_works_out_the_tax_is_it_left_out(
    organization: Organization, tax: str, theirs: int, agrees: bool
) -> None:
    Connection.objects.create(
        organization=organization, environment="sandbox", realm="1", connected_at=make.NOW, facts={"tax": tax}
    )
    fifty = {"predicted_total": Decimal(50), "subtotal": Decimal(50)}
    made = Invoice(organization=organization, total=Decimal(54), tax=Decimal(4), **fifty)
    found = invoicing.compare(made)
    assert found is not None
    assert (found.theirs, found.agrees) == (theirs, agrees)
    assert [each.words for each in found.reasons] == (
        [] if agrees else ["Sales tax, although it is switched off in QuickBooks"]
    )


@in_database
def test_an_order_invoiced_in_parts_tells_of_the_cent_that_rounding_makes(
    order: SalesOrder, connected: Connection, admin: User
) -> None:
    draft = LineDraft(Product.objects.get(), Decimal(2), Decimal("0.335"))
    odd = orders.place(order.organization, order.customer, lines=[draft], status="confirmed", by=admin)
    plan = invoicing.preflight(odd.organization, [odd.pk], combine=False, invoice_date=DAY)
    assert (plan.ready[0].total, plan.ready[0].rounding) == (Decimal("0.67"), 0)
    part = make.invoice_draft(odd, quantities={odd.lines.get().pk: Decimal(1)})
    create_from_orders(odd.organization, [part], by=admin)
    plan = invoicing.preflight(odd.organization, [odd.pk], combine=False, invoice_date=DAY)
    assert (plan.ready[0].total, plan.ready[0].rounding) == (Decimal("0.34"), Decimal("0.01"))
    assert any("rounded line by line" in told for told in plan.happens)
