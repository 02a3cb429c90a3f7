"""What other connectors never look at, and what they do not say."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from buddy.hub.invoices import Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.products import Product
from buddy.hub.team import User
from buddy.sync import answers, audit
from buddy.sync.causes import causes
from buddy.sync.models import Audit, AuditOutcome, Connection, Link, Outcome, Verdict
from simulator.company import Company
from tests.sync import bookkeeper as books
from tests.sync.conftest import another_order, invoice, sync

pytestmark = pytest.mark.django_db(transaction=True)


def test_sides_that_drifted_apart_are_compared_and_brought_together(connected: Connection, company: Company) -> None:
    """Neither a changed time nor a webhook told of it, and both sides had taken the other for right."""
    long_ago = datetime.now(UTC) - timedelta(days=10)
    customer = company.create("Customer", {"DisplayName": "Hotel Albion"}, at=long_ago)["Id"]
    lines = [books.sale(books.item(company, "Olives")["Id"], 4, 12.5)]
    made = company.create("Invoice", {"CustomerRef": {"value": customer}, "Line": lines}, at=long_ago)["Id"]
    sync(connected.organization)
    with company.silently():
        company.pay(customer, 20, {made: 20})
    sync(connected.organization)
    assert Invoice.objects.get().balance == 50  # so far nobody knows

    audit.ask(connected.organization, whole=False, by=None)
    assert sync(connected.organization) == Outcome.DONE
    found = Audit.objects.get()
    said = {
        fact["label"]: (fact["ours"], fact["theirs"])
        for line in found.lines.filter(verdict=Verdict.TAKEN, entity="Invoice")
        for fact in line.facts
    }
    assert said == {"Balance": ("50.00", "30.00")}
    assert Invoice.objects.get().balance == 30
    assert found.outcome == AuditOutcome.MATCHES


def test_what_went_wrong_is_said_once_by_its_cause_with_the_way_out(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    """Not record by record, and not only that it failed."""
    made = [invoice(each, by=admin) for each in (order, another_order(2), another_order(1))]
    product = Product.objects.get()
    Link.objects.filter(kind="product").delete()
    sync(connected.organization)
    [found] = causes(connected.organization)
    assert found.title == f"3 invoices wait for the item “{product}”"
    assert found.fix is not None
    assert (found.fix.label, found.fix.url) == ("Choose item", reverse("product_link", args=[product.pk]))

    answers.link_product(product, company.all("Item")[0]["Id"], by=admin)
    sync(connected.organization)
    assert causes(connected.organization) == []
    assert [each["TotalAmt"] for each in company.all("Invoice")] == [each.total for each in made]
