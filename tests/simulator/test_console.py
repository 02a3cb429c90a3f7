"""What a bookkeeper can do in the console, and what the books say to it."""

import re
from decimal import Decimal
from typing import Any

import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.browsing import Person
from tests.simulator.caller import Api
from tests.simulator.conftest import REALM

Body = dict[str, Any]


@pytest.fixture
def person(sim: Simulator, company: Company) -> Person:
    return Person(sim, f"/console/{REALM}")


@pytest.fixture
def customer(company: Company) -> Body:
    return company.create(
        "Customer",
        {
            "DisplayName": "Hotel Albion",
            "CompanyName": "Albion Hotel Group Ltd",
            "PrimaryEmailAddr": {"Address": "receiving@hotelalbion.example"},
            "PrimaryPhone": {"FreeFormNumber": "(206) 555-0101"},
            "BillAddr": {"Line1": "1400 Second Ave", "City": "Seattle", "PostalCode": "98101"},
        },
    )


@pytest.fixture
def item(company: Company) -> Body:
    body = {"Name": "Wildflower Honey", "Sku": "LF-HN-003", "Type": "NonInventory", "UnitPrice": Decimal("71.5967")}
    return company.create("Item", {**body, "IncomeAccountRef": {"value": "79"}})


def invoiced(company: Company, customer: Body, amount: int = 250, **fields: Any) -> Body:
    item = company.find("Item", "Olives") or company.create(
        "Item", {"Name": "Olives", "Type": "Service", "IncomeAccountRef": {"value": "79"}}
    )
    detail = {"ItemRef": {"value": item["Id"]}, "Qty": 10, "UnitPrice": Decimal(amount) / 10}
    line = {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": detail}
    return company.create("Invoice", {"CustomerRef": {"value": customer["Id"]}, "Line": [line], **fields})


# Lists


def test_a_list_shows_fifty_rows_and_leads_on_to_the_rest(company: Company, person: Person) -> None:
    for number in range(120):
        company.create("Customer", {"DisplayName": f"Shop {number:03d}"})
    assert "120 customers" in person.open("/customers").text
    assert "1–50 of 120" in person.text
    assert "Shop 049" in person.text
    assert "Shop 050" not in person.text
    assert "Shop 119" in person.open("/customers?page=3").text
    assert "101–120 of 120" in person.text


def test_a_page_beyond_the_last_is_the_last(company: Company, person: Person, customer: Body) -> None:
    assert "Hotel Albion" in person.open("/customers?page=99").text
    assert "Hotel Albion" in person.open("/customers?page=nonsense&sort=nonsense&view=nonsense").text


def test_customers_are_found_by_words_in_any_order_and_by_e_mail(person: Person, customer: Body) -> None:
    for words in ("albion hotel", "receiving@hotelalbion", "555-0101", "seattle"):
        assert "Hotel Albion" in person.open("/customers").press("Search", q=words).text, words


def test_a_search_without_result_names_the_words_and_offers_all(person: Person, customer: Body) -> None:
    assert "No customers with “zanzibar”" in person.open("/customers?q=zanzibar").text
    assert "Show all" in person.text


def test_lists_can_be_ordered_both_ways(company: Company, person: Person) -> None:
    for name, amount in (("Anchor", 10), ("Zephyr", 900)):
        invoiced(company, company.create("Customer", {"DisplayName": name}), amount)
    person.open("/invoices?sort=-balance")
    assert person.text.index("Zephyr") < person.text.index("Anchor")
    person.open("/invoices?sort=balance")
    assert person.text.index("Anchor") < person.text.index("Zephyr")


def test_views_keep_what_belongs_to_them(company: Company, person: Person, customer: Body) -> None:
    late = invoiced(company, customer, TxnDate="2026-01-05", DueDate="2026-02-04")
    fresh = invoiced(company, customer)
    assert late["DocNumber"] in person.open("/invoices?view=overdue").text
    assert f"{fresh['DocNumber']} Hotel Albion" not in person.text
    assert "2 invoices · $500.00 open" in person.open("/invoices?view=open").text


# Customers and items


def test_editing_a_customer_changes_only_what_was_typed(company: Company, person: Person, customer: Body) -> None:
    person.open(f"/customers/{customer['Id']}/edit")
    person.press("Save", PrimaryPhone__FreeFormNumber="206 555 0199", Notes="Dock closes at noon")
    assert "Hotel Albion is saved." in person.text
    after = company.get("Customer", customer["Id"])
    assert after["PrimaryPhone"] == {"FreeFormNumber": "206 555 0199"}
    assert after["Notes"] == "Dock closes at noon"
    assert after["SyncToken"] == "1"
    same = {"BillAddr", "PrimaryEmailAddr", "CompanyName", "DisplayName", "Taxable", "Balance"}
    assert {name: after[name] for name in same} == {name: customer[name] for name in same}


def test_saving_without_a_change_leaves_the_record_alone(company: Company, person: Person, customer: Body) -> None:
    person.open(f"/customers/{customer['Id']}/edit").press("Save")
    assert company.get("Customer", customer["Id"]) == customer


def test_a_cleared_field_is_empty_in_the_books(company: Company, person: Person, customer: Body) -> None:
    person.open(f"/customers/{customer['Id']}/edit")
    person.press("Save", PrimaryEmailAddr__Address="", BillAddr__Line1="", BillAddr__City="", BillAddr__PostalCode="")
    after = company.get("Customer", customer["Id"])
    assert "PrimaryEmailAddr" not in after
    assert "BillAddr" not in after


def test_part_of_an_address_changes_and_the_rest_stays(company: Company, person: Person, customer: Body) -> None:
    person.open(f"/customers/{customer['Id']}/edit").press("Save", BillAddr__City="Tacoma")
    address = company.get("Customer", customer["Id"])["BillAddr"]
    assert (address["Line1"], address["City"], address["PostalCode"]) == ("1400 Second Ave", "Tacoma", "98101")


def test_a_taken_name_is_refused_in_words_and_what_was_typed_is_kept(
    company: Company, person: Person, customer: Body
) -> None:
    company.create("Vendor", {"DisplayName": "Albion Couriers"})
    person.open(f"/customers/{customer['Id']}/edit").press("Save", DisplayName="ALBION couriers", Notes="kept")
    assert person.status == 422
    assert "This name is taken by another customer, vendor, employee or item." in person.text
    assert "6240" in person.text  # for who asks what QuickBooks would say
    assert person.value("DisplayName") == "ALBION couriers"
    assert person.value("Notes") == "kept"
    assert company.get("Customer", customer["Id"]) == customer


def test_a_bad_e_mail_address_names_its_field(person: Person, customer: Body) -> None:
    person.open(f"/customers/{customer['Id']}/edit").press("Save", PrimaryEmailAddr__Address="nobody")
    assert person.status == 422
    assert "This is not an email address" in person.text
    assert re.search(r'name="PrimaryEmailAddr.Address"[^>]*aria-invalid="true"', person.html)


def test_nobody_overwrites_what_somebody_else_saved_meanwhile(company: Company, person: Person, customer: Body) -> None:
    person.open(f"/customers/{customer['Id']}/edit")
    company.update("Customer", {"Id": customer["Id"], "sparse": True, "CompanyName": "Changed by Buddy"})
    person.press("Save", Notes="too late")
    assert person.status == 422
    assert "Somebody else changed this record" in person.text
    assert "Notes" not in company.get("Customer", customer["Id"])
    person.press("Save")
    assert person.status == 422, "pressing again does not slip past"


def test_a_new_customer_is_on_the_list(company: Company, person: Person) -> None:
    person.open("/customers/new")
    person.press(
        "Save", DisplayName="Ødegaard Delikatesser", Mobile__FreeFormNumber="555-0113", SalesTermRef__value="3"
    )
    assert "Ødegaard Delikatesser is on the list." in person.text
    made = company.find("Customer", "Ødegaard Delikatesser")
    assert made is not None
    assert made["SalesTermRef"]["value"] == "3"
    assert made["Taxable"] is True
    assert "BillAddr" not in made


def test_a_customer_without_a_name_is_refused(company: Company, person: Person) -> None:
    person.open("/customers/new").press("Save", Notes="nameless")
    assert person.status == 422
    assert "Display name is missing." in person.text
    assert company.count("Customer") == 0


def test_a_customer_can_belong_to_another_and_be_set_free(company: Company, person: Person, customer: Body) -> None:
    bar = company.create("Customer", {"DisplayName": "Albion Bar"})
    person.open(f"/customers/{bar['Id']}/edit").press("Save", ParentRef__value=customer["Id"])
    assert company.get("Customer", bar["Id"])["FullyQualifiedName"] == "Hotel Albion:Albion Bar"
    assert "Albion Bar" in person.open(f"/customers/{customer['Id']}").text
    person.open(f"/customers/{bar['Id']}/edit").press("Save", ParentRef__value="")
    assert company.get("Customer", bar["Id"])["Job"] is False


def test_an_inactive_customer_frees_its_name_and_can_come_back(
    company: Company, person: Person, customer: Body
) -> None:
    person.open(f"/customers/{customer['Id']}").press("Make inactive")
    assert "Hotel Albion is inactive now." in person.text
    assert company.get("Customer", customer["Id"])["DisplayName"] == "Hotel Albion (deleted)"
    person.press("Make active again")
    assert company.get("Customer", customer["Id"])["DisplayName"] == "Hotel Albion"


def test_a_name_taken_meanwhile_keeps_the_old_customer_inactive(
    company: Company, person: Person, customer: Body
) -> None:
    company.deactivate("Customer", customer["Id"])
    company.create("Customer", {"DisplayName": "Hotel Albion"})
    person.open(f"/customers/{customer['Id']}").press("Make active again")
    assert person.status == 422
    assert "This name is taken" in person.text


def test_merging_moves_the_documents_and_removes_the_loser(company: Company, person: Person, customer: Body) -> None:
    double = company.create("Customer", {"DisplayName": "Hotel Albion Ltd"})
    invoice = invoiced(company, double)
    person.open(f"/customers/{double['Id']}/merge").press("Merge into this: Hotel Albion")
    assert "Hotel Albion Ltd was merged into Hotel Albion." in person.text
    assert company.get("Invoice", invoice["Id"])["CustomerRef"]["value"] == customer["Id"]
    assert company.find("Customer", "Hotel Albion Ltd") is None


def test_an_item_is_entered_and_repriced(company: Company, person: Person) -> None:
    person.open("/items/new").press("Save", Name="Comté, 2.5 kg", Sku="LF-CH-020", UnitPrice="1,077.375")
    made = company.find("Item", "Comté, 2.5 kg")
    assert made is not None
    assert made["UnitPrice"] == Decimal("1077.375")
    person.open(f"/items/{made['Id']}/edit").press("Save", UnitPrice="80")
    assert company.get("Item", made["Id"])["UnitPrice"] == 80


def test_a_price_that_is_no_number_is_refused_and_kept(company: Company, person: Person, item: Body) -> None:
    person.open(f"/items/{item['Id']}/edit").press("Save", UnitPrice="cheap")
    assert person.status == 422
    assert "“cheap” is not a number." in person.text
    assert person.value("UnitPrice") == "cheap"


# Payments


def test_the_payment_form_begins_with_the_balance_and_pays_it(company: Company, person: Person, customer: Body) -> None:
    invoice = invoiced(company, customer, 1250)
    person.open(f"/payments/new?invoice={invoice['Id']}")
    assert person.value("TotalAmt") == "1,250.00"
    person.press("Record payment", PaymentRefNum="2240")
    assert "$1,250.00 from Hotel Albion is recorded." in person.text
    paid = company.get("Invoice", invoice["Id"])
    assert paid["Balance"] == 0
    assert company.all("Payment")[0]["PaymentRefNum"] == "2240"
    assert "Paid" in person.open(f"/invoices/{invoice['Id']}").text


def test_a_smaller_amount_pays_a_part(company: Company, person: Person, customer: Body) -> None:
    invoice = invoiced(company, customer, 250)
    person.open(f"/payments/new?invoice={invoice['Id']}").press("Record payment", TotalAmt="99.50")
    assert company.get("Invoice", invoice["Id"])["Balance"] == Decimal("150.50")
    assert "Partially paid" in person.open("/invoices").text


def test_what_is_paid_too_much_stays_unapplied(company: Company, person: Person, customer: Body) -> None:
    invoice = invoiced(company, customer, 250)
    person.open(f"/payments/new?invoice={invoice['Id']}").press("Record payment", TotalAmt="300")
    assert "$50.00 of it stays on the customer as unapplied." in person.text
    assert company.get("Invoice", invoice["Id"])["Balance"] == 0
    assert company.get("Customer", customer["Id"])["Balance"] == -50


def test_one_payment_can_cover_several_invoices_of_sub_customers(
    company: Company, person: Person, customer: Body
) -> None:
    bar = company.create("Customer", {"DisplayName": "Bar", "Job": True, "ParentRef": {"value": customer["Id"]}})
    first, second = invoiced(company, customer, 100), invoiced(company, bar, 200)
    person.open(f"/payments/new?customer={customer['Id']}")
    person.press("Record payment", **{f"apply-{first['Id']}": "100", f"apply-{second['Id']}": "150"})
    assert "$250.00 from Hotel Albion is recorded." in person.text
    assert company.get("Invoice", first["Id"])["Balance"] == 0
    assert company.get("Invoice", second["Id"])["Balance"] == 50


def test_applying_more_than_the_payment_is_refused_and_kept(company: Company, person: Person, customer: Body) -> None:
    invoice = invoiced(company, customer, 250)
    person.open(f"/payments/new?customer={customer['Id']}")
    person.press("Record payment", TotalAmt="50", **{f"apply-{invoice['Id']}": "80"})
    assert person.status == 422
    assert "$80.00 are applied below: more than this amount." in person.text
    assert person.value(f"apply-{invoice['Id']}") == "80"
    assert company.count("Payment") == 0


def test_applying_more_than_is_open_is_refused_by_the_books(company: Company, person: Person, customer: Body) -> None:
    invoice = invoiced(company, customer, 250)
    person.open(f"/payments/new?customer={customer['Id']}")
    person.press("Record payment", **{f"apply-{invoice['Id']}": "400"})
    assert person.status == 422
    assert "more than its open balance of 250.00" in person.text


@pytest.mark.parametrize("typed", ["", "0", "-5", "twelve", "1.005", "NaN", "9e99"])
def test_an_amount_that_is_none_is_refused(company: Company, person: Person, customer: Body, typed: str) -> None:
    invoice = invoiced(company, customer)
    person.open(f"/payments/new?invoice={invoice['Id']}").press("Record payment", TotalAmt=typed)
    assert person.status == 422
    assert person.value("TotalAmt") == typed
    assert company.count("Payment") == 0


def test_voiding_a_payment_opens_the_invoice_again(company: Company, person: Person, customer: Body) -> None:
    invoice = invoiced(company, customer, 250)
    payment = company.pay(customer["Id"], 250, {invoice["Id"]: 250})
    person.open(f"/payments/{payment['Id']}/void")
    assert "The invoices it paid are open again." in person.text
    person.press("Void it")
    assert "Payment of $250.00 is voided." in person.text
    assert company.get("Invoice", invoice["Id"])["Balance"] == 250


def test_deleting_a_payment_removes_it_for_good(company: Company, person: Person, customer: Body) -> None:
    invoice = invoiced(company, customer, 250)
    payment = company.pay(customer["Id"], 250, {invoice["Id"]: 250})
    person.open(f"/payments/{payment['Id']}/delete").press("Delete it")
    assert "Payment of $250.00 is deleted." in person.text
    assert company.all("Payment") == []
    assert person.open(f"/payments/{payment['Id']}").status == 404


# Invoices and credit memos


def test_an_invoice_is_entered_by_sku_with_the_items_own_price(
    company: Company, person: Person, customer: Body, item: Body
) -> None:
    company.define_custom_field("P.O. Number")
    person.open(f"/invoices/new?customer={customer['Id']}")
    person.press("Save invoice", **{"item-0": "lf-hn-003", "quantity-0": "3", "po": "HA-7781"})
    assert "is in the books." in person.text
    (invoice,) = company.all("Invoice")
    assert invoice["TotalAmt"] == Decimal("214.79")
    assert invoice["CustomField"][0]["StringValue"] == "HA-7781"
    assert invoice["BillEmail"]["Address"] == "receiving@hotelalbion.example"
    assert invoice["Line"][0]["SalesItemLineDetail"]["UnitPrice"] == Decimal("71.5967")


def test_an_unknown_item_is_refused_and_all_lines_are_kept(
    company: Company, person: Person, customer: Body, item: Body
) -> None:
    person.open(f"/invoices/new?customer={customer['Id']}")
    person.press("Save invoice", **{"item-0": item["Name"], "item-1": "Moon cheese", "quantity-1": "4"})
    assert person.status == 422
    assert "No active item has the name or SKU “Moon cheese”." in person.text
    assert (person.value("item-0"), person.value("item-1"), person.value("quantity-1")) == (
        item["Name"],
        "Moon cheese",
        "4",
    )
    assert company.count("Invoice") == 0


def test_more_lines_keeps_what_was_typed(person: Person, customer: Body, item: Body) -> None:
    person.open(f"/invoices/new?customer={customer['Id']}").press("More lines", **{"item-4": item["Name"]})
    assert person.value("item-4") == item["Name"]
    assert person.value("item-9") == ""


def test_an_invoice_without_lines_is_refused(company: Company, person: Person, customer: Body) -> None:
    person.open(f"/invoices/new?customer={customer['Id']}").press("Save invoice")
    assert "Enter at least one line." in person.text
    assert company.count("Invoice") == 0


def test_without_a_customer_one_is_chosen_first(person: Person, customer: Body) -> None:
    person.open("/invoices/new?q=albion")
    assert "New invoice: for which customer?" in person.text
    assert f"customer={customer['Id']}" in person.html


def test_memo_due_date_and_quantity_of_an_invoice_can_be_changed(
    company: Company, person: Person, customer: Body
) -> None:
    invoice = invoiced(company, customer, 250)
    line = invoice["Line"][0]["Id"]
    person.open(f"/invoices/{invoice['Id']}/edit")
    person.press("Save", PrivateNote="Agreed by phone", DueDate="2026-12-24", **{f"quantity-{line}": "8"})
    after = company.get("Invoice", invoice["Id"])
    assert (after["PrivateNote"], after["DueDate"], after["TotalAmt"]) == ("Agreed by phone", "2026-12-24", 200)
    assert after["Line"][0]["Id"] == line


def test_voiding_an_invoice_takes_its_amounts_and_keeps_its_number(
    company: Company, person: Person, customer: Body
) -> None:
    invoice = invoiced(company, customer, 250)
    person.open(f"/invoices/{invoice['Id']}/void").press("Void it")
    after = company.get("Invoice", invoice["Id"])
    assert (after["TotalAmt"], after["DocNumber"]) == (0, invoice["DocNumber"])
    assert "Voided" in person.text


def test_a_paid_invoice_cannot_be_deleted_and_the_page_says_why(
    company: Company, person: Person, customer: Body
) -> None:
    invoice = invoiced(company, customer, 250)
    company.pay(customer["Id"], 100, {invoice["Id"]: 100})
    person.open(f"/invoices/{invoice['Id']}/delete").press("Delete it")
    assert person.status == 422
    assert "payments are linked to it" in person.text
    assert company.get("Invoice", invoice["Id"])["Balance"] == 150


def test_an_unpaid_invoice_is_deleted(company: Company, person: Person, customer: Body) -> None:
    invoice = invoiced(company, customer, 250)
    person.open(f"/invoices/{invoice['Id']}/delete").press("Delete it")
    assert f"Invoice {invoice['DocNumber']} is deleted." in person.text
    assert company.all("Invoice") == []


def test_sending_marks_the_invoice_as_sent(company: Company, person: Person, customer: Body) -> None:
    invoice = invoiced(company, customer, BillEmail={"Address": "ap@albion.example"})
    person.open(f"/invoices/{invoice['Id']}").press("Send")
    assert "counts as sent to ap@albion.example. No mail left this machine." in person.text
    assert company.get("Invoice", invoice["Id"])["EmailStatus"] == "EmailSent"


def test_a_credit_memo_is_entered_and_applied(company: Company, person: Person, customer: Body, item: Body) -> None:
    invoice = invoiced(company, customer, 250)
    person.open(f"/credit-memos/new?customer={customer['Id']}")
    person.press("Save credit memo", **{"item-0": item["Name"], "price-0": "40"})
    (memo,) = company.all("CreditMemo")
    person.open(f"/credit-memos/{memo['Id']}").press("Apply to this invoice", amount="30")
    assert company.get("Invoice", invoice["Id"])["Balance"] == 220
    assert company.get("CreditMemo", memo["Id"])["RemainingCredit"] == 10
    assert company.all("Payment")[0]["TotalAmt"] == 0
    assert "Credit applied" in person.open(f"/invoices/{invoice['Id']}").text


# The company


def test_closed_books_stop_the_bookkeeper_until_they_are_opened(
    company: Company, person: Person, customer: Body
) -> None:
    invoice = invoiced(company, customer, TxnDate="2026-09-15")
    person.open("/company").press("Set the closing date", upto="2026-09-30")
    assert "The books are closed up to 2026-09-30." in person.text
    person.open(f"/invoices/{invoice['Id']}/void").press("Void it")
    assert "The books are closed for this date." in person.text
    person.open("/company").press("Set the closing date", upto="")
    person.open(f"/invoices/{invoice['Id']}/void").press("Void it")
    assert person.status == 200


def test_preferences_decide_what_an_invoice_asks(company: Company, person: Person, customer: Body) -> None:
    person.open("/company")
    person.press("Save preferences", CustomTxnNumbers="yes", AllowShipping="yes", po="yes", tax="automated")
    sales = company.preferences["SalesFormsPrefs"]
    assert (sales["CustomTxnNumbers"], sales["AllowShipping"], sales["AllowDiscount"]) == (True, True, False)
    assert company.preferences["TaxPrefs"]["PartnerTaxEnabled"] is True
    form = person.open(f"/invoices/new?customer={customer['Id']}").forms[-1].values
    assert {"DocNumber", "po", "shipping"} <= set(form)
    assert "discount" not in form
    person.open("/company").press("Save preferences", CustomTxnNumbers=None, po=None, tax="none")
    form = person.open(f"/invoices/new?customer={customer['Id']}").forms[-1].values
    assert not {"DocNumber", "po"} & set(form)


def test_a_changed_preference_is_a_change_a_client_can_see(company: Company, person: Person) -> None:
    before = company.get("Preferences", "1")["SyncToken"]
    person.open("/company").press("Save preferences", AllowDiscount="yes")
    assert company.get("Preferences", "1")["SyncToken"] != before


def test_a_lapsed_subscription_stops_writing(company: Company, person: Person, customer: Body) -> None:
    person.open("/company").press("Set the subscription", status="EXPIRED")
    person.open(f"/customers/{customer['Id']}/edit").press("Save", Notes="x")
    assert "The subscription of this company has ended" in person.text


def test_revoking_ends_every_permission(sim: Simulator, company: Company, person: Person) -> None:
    sim.grant(REALM)
    assert "June Lindqvist let a program work" in person.open("/company").text
    person.press("Revoke the permission")
    assert "The permission is revoked" in person.text
    assert not sim.oauth.connected(REALM)


def test_taking_the_admin_role_is_a_switch(sim: Simulator, company: Company, person: Person) -> None:
    sim.grant(REALM)
    person.open("/company").press("Take the admin role")
    assert sim.oauth.grants[REALM].admin is False
    assert "Admin role lost" in person.text
    person.press("Give the admin role back")
    assert sim.oauth.grants[REALM].admin is True


@pytest.mark.parametrize("name", ["lose_reply", "throttle", "delay", "no_webhooks"])
def test_trouble_is_switched_on_and_off_again(sim: Simulator, person: Person, name: str) -> None:
    person.open("/invoices")
    for expected in ([name], []):
        form = next(form for form in person.forms if form.action.endswith(f"/trouble/{name}"))
        person.http.post(form.action, data=form.values)
        person.open("/invoices")
        assert [fault.name for fault in sim.faults.planned] == expected
        assert (f'aria-checked="true" aria-labelledby="trouble-{name}"' in person.html) is bool(expected)


def test_trouble_leads_back_to_the_page_it_was_made_on_and_to_no_other(sim: Simulator, person: Person) -> None:
    person.open("/invoices?view=paid").press("Move the clock by a day")
    assert person.address.endswith(f"/console/{REALM}/invoices?view=paid")
    person.open("/invoices").press("Move the clock by a day", back="https://elsewhere.example/")
    assert person.address.endswith(f"/console/{REALM}/company")


def test_the_clock_moves_forward_by_days(sim: Simulator, person: Person) -> None:
    before = sim.now
    person.open("/company").press("Move the clock", days="30")
    assert 29.9 < (sim.now - before).days + 1 <= 31
    person.open("/company").press("Move the clock", days="-3")
    assert "only forward" in person.text


def test_the_last_calls_are_told_in_words(sim: Simulator, company: Company, person: Person, customer: Body) -> None:
    Api(sim, company).read("Customer", customer["Id"])
    assert f"read customer {customer['Id']} 200" in person.open("/invoices").text


# Addresses and safety


def test_buddys_links_lead_to_the_record(sim: Simulator, company: Company, customer: Body) -> None:
    invoice = invoiced(company, customer)
    person = Person(sim, "/app")
    assert "Hotel Albion" in person.open(f"/customerdetail?nameId={customer['Id']}").text
    assert f"Invoice {invoice['DocNumber']}" in person.open(f"/invoice?txnId={invoice['Id']}").text
    assert person.open("/invoice?txnId=999").status == 404


def test_a_link_means_the_connected_company(sim: Simulator, company: Company, customer: Body) -> None:
    other = sim.add_company("Quayside", realm="9341450000000002")
    other.create("Customer", {"DisplayName": "Casco Cakes"})
    sim.grant(other.realm)
    assert "Casco Cakes" in Person(sim, "/app").open("/customerdetail?nameId=1").text


def test_an_unknown_company_or_record_says_so(sim: Simulator, person: Person) -> None:
    assert Person(sim, "/console").open("/123/invoices").status == 404
    assert person.open("/customers/999").status == 404
    assert "There is nothing here" in person.text


def test_a_page_of_another_site_cannot_press_buttons(company: Company, person: Person, customer: Body) -> None:
    invoice = invoiced(company, customer)
    address = f"/console/{REALM}/invoices/{invoice['Id']}/void"
    answer = person.http.post(address, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert company.get("Invoice", invoice["Id"])["TotalAmt"] == 250


def test_every_page_runs_without_inline_code(company: Company, person: Person, customer: Body, item: Body) -> None:
    invoice = invoiced(company, customer)
    record, paying = f"/invoices/{invoice['Id']}", f"/payments/new?invoice={invoice['Id']}"
    lists = ("/invoices", "/customers", "/items", "/payments", "/credit-memos", "/company")
    for path in (*lists, record, f"{record}/edit", f"{record}/void", f"/customers/{customer['Id']}/edit", paying):
        person.open(path)
        assert "script-src 'self'" in person.headers["Content-Security-Policy"]
        assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", person.html), path


def test_pages_use_no_word_of_the_wire(company: Company, person: Person, customer: Body) -> None:
    invoice = invoiced(company, customer)
    for path in ("/invoices", f"/invoices/{invoice['Id']}", "/customers", "/company", "/payments"):
        text = person.open(path).text.lower()
        assert not re.search(r"\b(token|realm|webhook|payload|cdc|entity)\b", text), path


def test_a_customer_name_cannot_smuggle_markup(company: Company, person: Person) -> None:
    made = company.create("Customer", {"DisplayName": '<script>alert("x")</script>'})
    invoiced(company, made)
    for path in ("/customers", "/invoices", f"/customers/{made['Id']}", f"/customers/{made['Id']}/edit"):
        assert "<script>alert" not in person.open(path).html
