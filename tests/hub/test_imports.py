"""Imports: what the rows of a file will do, do, and have undone."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from buddy.hub import customers, imports
from buddy.hub.activity import Activity
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.imports import Import, ImportRow, State, uploads, working
from buddy.hub.imports.orders import MOST_LINES
from buddy.hub.orders import SalesOrder
from buddy.hub.outbox import Mark
from buddy.hub.products import Product
from buddy.hub.team import Organization
from buddy.hub.tiers import Tier
from tests import makers as make
from tests.hub import filed

pytestmark = pytest.mark.django_db

ROWS = 2 * working.CHUNK + 60
DIES_AT = 2
LIST = "Email,Customer Name,Phone,City\nap@heron.example,Blue Heron Market,415-555-0199,Oakland\n"


# --- Customers -------------------------------------------------------------------------------------------------------


def test_new_customers_come_in_whole_with_history_and_owed_to_the_books(organization: Organization) -> None:
    june = make.user("June")
    batch = filed.applied(LIST + ",Bao House,,\n", by=june)
    heron = Customer.objects.get(display_name="Blue Heron Market")
    assert (heron.email, heron.phone, heron.billing_address.city) == ("ap@heron.example", "415-555-0199", "Oakland")
    assert heron.sort_name == "blue heron market"
    assert (batch.state, batch.results) == (State.APPLIED, {"created": 2})
    assert Mark.objects.filter(kind="customer").count() == 2
    [entry] = Activity.objects.filter(event="customer.created")
    assert (entry.user, entry.count, entry.note) == (june, 2, f"Import {batch.pk}: list.csv")


def test_a_customer_who_came_in_a_file_is_found_like_any_other(organization: Organization) -> None:
    filed.applied(LIST)
    assert customers.likely_duplicates(organization, {"display_name": "Blue Heron Market"})


def test_the_preview_writes_nothing(organization: Organization) -> None:
    filed.planned(LIST)
    assert not Customer.objects.exists()
    assert not Mark.objects.exists()


def test_a_known_name_updates_field_by_field_and_an_empty_cell_leaves_its_field(organization: Organization) -> None:
    heron = make.customer("Blue Heron Market", email="old@heron.example", phone="415-555-0199", notes="Ring twice")
    batch = filed.planned("Name,Email,Phone,City\nblue heron market,ap@heron.example,,Oakland\n")
    [row] = filed.rows(batch)
    assert (row.act, row.object_id) == ("update", heron.pk)
    assert row.changes == {
        "email": ["old@heron.example", "ap@heron.example"],
        "city": ["", "Oakland"],
        "display_name": ["Blue Heron Market", "blue heron market"],
    }
    filed.apply(batch)
    heron.refresh_from_db()
    assert (heron.email, heron.phone, heron.notes) == ("ap@heron.example", "415-555-0199", "Ring twice")
    assert Mark.objects.filter(kind="customer", object_id=heron.pk).exists()
    assert Activity.objects.get(event="customer.updated").changes["email"] == ["old@heron.example", "ap@heron.example"]


def test_an_empty_cell_empties_its_field_when_somebody_said_so(organization: Organization) -> None:
    heron = make.customer("Blue Heron Market", phone="415-555-0199")
    filed.applied("Name,Phone\nBlue Heron Market,\n", blanks_clear=True)
    heron.refresh_from_db()
    assert heron.phone == ""


def test_what_is_here_already_stays_unchanged_and_is_owed_to_nobody(organization: Organization) -> None:
    make.customer("Blue Heron Market", email="ap@heron.example")
    batch = filed.applied("Name,Email\nBlue Heron Market,ap@heron.example\n")
    assert filed.outcomes(batch) == ["unchanged"]
    assert not Mark.objects.exists()


def test_a_value_from_the_books_that_people_could_not_type_stays_and_is_not_refused(organization: Organization) -> None:
    make.customer("Albion:Kitchen", email="ap@albion.example")
    batch = filed.planned("Name,Email\nAlbion:Kitchen,new@albion.example\n")
    assert filed.acts(batch) == ["update"]


def test_the_buddy_number_finds_a_customer_whose_name_the_file_changes(organization: Organization) -> None:
    heron = make.customer("Blue Heron")
    filed.applied(f"Buddy number,Name\n{heron.pk},Blue Heron Market\n")
    heron.refresh_from_db()
    assert (heron.display_name, heron.sort_name) == ("Blue Heron Market", "blue heron market")


def test_who_may_be_here_under_another_name_is_asked_about_and_never_merged(organization: Organization) -> None:
    heron = make.customer("Blue Heron Market", email="ap@heron.example")
    batch = filed.planned("Name,Email\nBlue Heron Markt,ap@heron.example\n")
    [row] = filed.rows(batch)
    assert row.act == "ask"
    assert [candidate[0] for candidate in row.candidates] == [heron.pk]
    filed.apply(batch)
    assert Customer.objects.count() == 1
    assert filed.outcomes(batch) == ["left_out"]


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ("new", ["Blue Heron Market", "Blue Heron Markt"]),
        ("skip", ["Blue Heron Market"]),
        ("update", ["Blue Heron Markt"]),
    ],
)
def test_a_person_says_who_a_row_is(choice: str, names: list[str], organization: Organization) -> None:
    heron = make.customer("Blue Heron Market", email="ap@heron.example")
    batch = filed.planned("Name,Email\nBlue Heron Markt,ap@heron.example\n")
    imports.choose(filed.rows(batch)[0], str(heron.pk) if choice == "update" else choice)
    filed.apply(batch)
    assert sorted(Customer.objects.values_list("display_name", flat=True)) == names


def test_several_of_one_name_are_asked_about(organization: Organization) -> None:
    pair = [make.customer("Blue Heron Market"), make.customer("Blue Heron Market")]
    [row] = filed.rows(filed.planned("Name,Phone\nBlue Heron Market,415-555-0100\n"))
    assert row.act == "ask"
    assert [candidate[0] for candidate in row.candidates] == [customer.pk for customer in pair]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",ap@heron.example,,", "Name"),
        ("Bao House,not an address,,", "Email: This address has no @"),
        ("Bao House,,Net 99,", "“Net 99” is not among your payment terms"),
        ("Bao House,,,maybe", "Taxable: “maybe” is neither yes nor no."),
        ("Bao House,,,yes,more,and more", "This row has 6 cells, the headings 4"),
    ],
)
def test_a_row_that_cannot_be_is_refused_in_words_and_the_others_come_in(
    row: str, why: str, organization: Organization
) -> None:
    batch = filed.applied(f"Name,Email,Terms,Taxable\n{row}\nHotel Albion,,,\n")
    bad, _ = filed.rows(batch)
    assert (bad.act, bad.outcome) == ("refuse", "refused")
    assert why in bad.told
    assert [customer.display_name for customer in Customer.objects.all()] == ["Hotel Albion"]


def test_the_same_customer_twice_in_a_file_is_taken_once(organization: Organization) -> None:
    batch = filed.applied("Name\nBao House\nBAO  HOUSE\n")
    assert filed.outcomes(batch) == ["created", "refused"]
    assert "same as row 2" in filed.rows(batch)[1].told


def test_terms_and_tier_are_found_by_name(organization: Organization) -> None:
    term = make.term("Net 45", 45)
    filed.applied("Name,Terms,Active\nBao House,net 45,no\n")
    bao = Customer.objects.get()
    assert (bao.terms, bao.active) == (term, False)


def test_what_is_new_has_the_tier_and_the_unit_that_new_ones_have(organization: Organization) -> None:
    organization.default_tier = Tier.objects.create(organization=organization, name="Gold", created_at=make.NOW)
    organization.default_unit = "case"
    organization.save()
    filed.applied("Name\nBao House\n")
    filed.applied("Name\nFeta\n", "products")
    assert Customer.objects.get().tier == organization.default_tier
    assert Product.objects.get().unit == "case"


# --- Between preview and import --------------------------------------------------------------------------------------


def test_a_customer_added_since_the_preview_is_not_added_again(organization: Organization) -> None:
    batch = filed.planned("Name\nBao House\n")
    make.customer("Bao House")
    assert filed.outcomes(filed.apply(batch)) == ["left_out"]
    assert Customer.objects.count() == 1


def test_a_value_changed_since_the_preview_is_not_overwritten(organization: Organization) -> None:
    heron = make.customer("Blue Heron Market", email="old@heron.example")
    batch = filed.planned("Name,Email\nBlue Heron Market,ap@heron.example\n")
    customers.change(heron, {"email": "third@heron.example"}, by=None)
    assert filed.outcomes(filed.apply(batch)) == ["left_out"]
    heron.refresh_from_db()
    assert heron.email == "third@heron.example"


@pytest.mark.parametrize("known", [True, False])
def test_terms_renamed_since_the_preview_leave_their_row_out_and_stop_no_other(
    known: bool, organization: Organization
) -> None:
    if known:
        make.customer("Bao House")
    term = make.term("Net 45", 45)
    batch = filed.planned("Name,Terms\nBao House,Net 45\nHotel Albion,\n")
    term.name = "45 days"
    term.save()
    filed.apply(batch)
    assert filed.outcomes(batch) == ["left_out", "created"]
    assert "“Net 45” was renamed or removed" in filed.rows(batch)[0].told


def test_an_update_that_a_person_chose_sets_only_what_the_file_says(organization: Organization) -> None:
    """A new customer would have had the usual tier; one who is here keeps hers."""
    silver, gold = (Tier.objects.create(organization=organization, name=name, created_at=make.NOW)
                    for name in ("Silver", "Gold"))  # fmt: skip
    organization.default_tier = gold
    organization.save()
    heron = make.customer("Blue Heron Market", email="ap@heron.example", tier=silver)
    batch = filed.planned("Name,Email,Tier\nBlue Heron Markt,ap@heron.example,\n")
    row = imports.choose(filed.rows(batch)[0], str(heron.pk))
    assert row.changes == {"display_name": ["Blue Heron Market", "Blue Heron Markt"]}


def test_stopping_leaves_out_the_rest_and_what_was_done_can_be_undone(organization: Organization) -> None:
    batch = filed.planned("Name\n" + "".join(f"Customer {number}\n" for number in range(3)))
    imports.apply(batch, by=make.user(), now=make.NOW)
    imports.stop(batch)
    filed.work(batch)
    assert (batch.state, batch.results) == (State.APPLIED, {"left_out": 3})
    assert not Customer.objects.exists()


# --- Cut off ---------------------------------------------------------------------------------------------------------


class Died(BaseException):
    """What stands for SIGKILL: nothing catches it, and the transaction is gone."""


@pytest.mark.parametrize("state", [State.READING, State.PLANNING, State.APPLYING, State.UNDOING])
def test_a_worker_cut_off_anywhere_is_followed_by_one_that_finishes_each_row_once(
    state: str, organization: Organization
) -> None:
    """Three transactions of rows for each step; the worker dies at the end of the second."""
    batch = filed.upload("Name\n" + "".join(f"Quince Deli {number}\n" for number in range(ROWS)))
    _as_far_as(batch, state)
    _cut_off(batch, "INSERT INTO" if state == State.READING else '"reached"')
    Import.objects.filter(pk=batch.pk).update(worker_until=timezone.now() - timedelta(seconds=1))
    filed.work(batch)
    _to_the_end(batch)
    assert (batch.state, batch.results, batch.total) == (State.UNDONE, {"removed": ROWS}, ROWS)
    assert ImportRow.objects.filter(of=batch).count() == ROWS
    assert Activity.objects.get(event="customer.created").count == ROWS
    assert Activity.objects.filter(event="customer.removed").count() == ROWS
    assert not Customer.objects.exists()


def _as_far_as(batch: Import, state: str) -> None:
    """To the step before the one in which the worker dies."""
    while batch.state != state:
        _on(batch)


def _to_the_end(batch: Import) -> None:
    while batch.state != State.UNDONE:
        _on(batch)


def _on(batch: Import) -> None:
    """The next thing a person or a worker does."""
    if batch.state in imports.WORKING:
        filed.work(batch)
    elif batch.state == State.ASKING:
        imports.agree(batch, mapping=batch.mapping, formats={}, blanks_clear=False)
    elif batch.state == State.PLANNED:
        imports.apply(batch, by=make.user(), now=make.NOW)
    else:
        imports.undo(batch, by=make.user(), now=make.NOW)


def _cut_off(batch: Import, ends_with: str) -> None:
    """The worker dies when, for the second time, it has sent the last statement of a transaction of rows."""
    seen = 0

    def dying(execute: Callable[..., object], sql: str, params: object, many: bool, context: object) -> object:
        nonlocal seen
        if "hub_import" in sql and ends_with in sql:
            seen += 1
            if seen == DIES_AT:
                raise Died
        return execute(sql, params, many, context)

    with connection.execute_wrapper(dying), pytest.raises(Died):
        imports.work(batch.organization, sent=filed.nobody)


def test_two_workers_never_have_one_import(organization: Organization) -> None:
    batch = filed.upload(LIST)
    first = working.take(organization, timezone.now())
    assert first is not None
    assert working.take(organization, timezone.now()) is None
    Import.objects.filter(pk=batch.pk).update(worker_until=timezone.now() - timedelta(seconds=1))
    assert working.take(organization, timezone.now()) is not None
    with pytest.raises(working.Lost), first.writing():
        pytest.fail("a worker that was taken over wrote on")


def test_a_worker_has_an_import_from_when_it_takes_it_not_from_when_it_woke(organization: Organization) -> None:
    filed.upload(LIST)
    turn = working.take(organization, timezone.now() - timedelta(hours=1))
    assert turn is not None
    assert turn.batch.worker_until is not None
    assert turn.batch.worker_until > timezone.now()


def test_an_import_can_be_thrown_away_while_a_worker_looks_at_it(organization: Organization) -> None:
    filed.upload(LIST)
    turn = working.take(organization, timezone.now())
    assert turn is not None
    imports.discard(Import.objects.get())
    assert not Import.objects.exists()
    with pytest.raises(working.Lost), turn.writing():
        pytest.fail("a worker wrote to what was thrown away")


# --- Undone ----------------------------------------------------------------------------------------------------------


def test_undoing_removes_what_was_created_and_sets_back_what_was_changed(organization: Organization) -> None:
    heron = make.customer("Blue Heron Market", email="old@heron.example")
    batch = filed.applied("Name,Email,City\nBlue Heron Market,ap@heron.example,Oakland\nBao House,,\n")
    filed.undone(batch)
    assert [customer.display_name for customer in Customer.objects.all()] == ["Blue Heron Market"]
    heron.refresh_from_db()
    assert (heron.email, heron.billing_address.city) == ("old@heron.example", "")
    assert filed.outcomes(batch) == ["restored", "removed"]
    assert list(Mark.objects.values_list("object_id", flat=True)) == [heron.pk]


def test_a_value_changed_since_stays_when_the_import_is_undone_and_the_others_go_back(
    organization: Organization,
) -> None:
    heron = make.customer("Blue Heron Market", email="old@heron.example")
    batch = filed.applied("Name,Email,City\nBlue Heron Market,ap@heron.example,Oakland\n")
    customers.change(Customer.objects.get(), {"email": "third@heron.example"}, by=None)
    filed.undone(batch)
    heron.refresh_from_db()
    assert (heron.email, heron.billing_address.city) == ("third@heron.example", "")
    assert "Email" in filed.rows(batch)[0].told


def test_a_created_customer_stays_whom_something_belongs_to(organization: Organization) -> None:
    batch = filed.applied("Name\nBao House\nHotel Albion\nCafé Lux\nJuniper\n")
    bao, albion, lux, _ = Customer.objects.order_by("pk")
    make.order(bao)
    customers.change(albion, {"phone": "415-555-0100"}, by=None)
    filed.undone(batch, sent=lambda _kind, ids: {lux.pk} & set(ids))
    assert filed.outcomes(batch) == ["kept", "kept", "kept", "removed"]
    told = [row.told for row in filed.rows(batch)]
    assert "sales orders belong to it" in told[0]
    assert "somebody changed it since" in told[1]
    assert "went to the books already" in told[2]


def test_a_customer_on_the_way_to_the_books_stays(organization: Organization) -> None:
    """Its mark is gone the moment a request is frozen (R12)."""
    batch = filed.applied("Name\nBao House\n")
    Mark.objects.all().delete()
    assert filed.outcomes(filed.undone(batch)) == ["kept"]


def test_terms_renamed_since_the_import_stay_when_it_is_undone_and_the_rest_goes_back(
    organization: Organization,
) -> None:
    before, after = make.term("Net 30", 30), make.term("Net 45", 45)
    heron = make.customer("Blue Heron Market", email="old@heron.example", terms=before)
    batch = filed.applied("Name,Email,Terms\nBlue Heron Market,ap@heron.example,Net 45\n")
    before.name = "30 days"
    before.save()
    filed.undone(batch)
    heron.refresh_from_db()
    assert (batch.state, heron.email, heron.terms) == (State.UNDONE, "old@heron.example", after)
    assert "“Net 30” was renamed or removed" in filed.rows(batch)[0].told


def test_a_file_is_forgotten_after_its_time_with_its_rows_but_what_it_did_stays(organization: Organization) -> None:
    batch = filed.applied(LIST)
    uploads.forget_old(make.NOW + imports.kept() + timedelta(days=1))
    batch.refresh_from_db()
    assert (batch.stored_as, ImportRow.objects.count(), Customer.objects.count()) == ("", 0, 1)
    with pytest.raises(Refused, match="too old"):
        imports.undo(batch, by=make.user(), now=make.NOW)


def test_a_preview_whose_rows_are_gone_cannot_be_applied_but_discarded(organization: Organization) -> None:
    batch = filed.planned(LIST)
    uploads.forget_old(make.NOW + imports.kept() + timedelta(days=1))
    with pytest.raises(Refused, match="too old"):
        imports.apply(batch, by=make.user(), now=make.NOW)
    batch.refresh_from_db()
    imports.discard(batch)
    assert not Import.objects.exists()


def test_what_a_worker_has_is_not_forgotten(organization: Organization) -> None:
    """Somebody had it undone between the look for old files and this one's turn."""
    batch = filed.applied(LIST)
    seen = Import.objects.get()
    imports.undo(batch, by=make.user(), now=make.NOW)
    uploads.forget(seen)
    assert filed.outcomes(filed.work(batch)) == ["removed"]


# --- Products and orders ---------------------------------------------------------------------------------------------


def test_products_are_found_by_sku_and_prices_are_read_as_the_file_writes_them(organization: Organization) -> None:
    oil = make.product("Olive oil", sku="OL-1", price="10.00")
    batch = filed.applied("SKU;Name;Price\nol-1;Olive oil;1.012,50\nFE-2;Feta;8,90\n", "products")
    oil.refresh_from_db()
    assert oil.base_price == Decimal("1012.50")
    assert Product.objects.get(sku="FE-2").base_price == Decimal("8.90")
    assert batch.results == {"updated": 1, "created": 1}
    assert Mark.objects.filter(kind="product").count() == 2


def test_a_sku_that_another_product_has_is_refused(organization: Organization) -> None:
    make.product("Olive oil", sku="OL-1")
    feta = make.product("Feta", sku="FE-2")
    batch = filed.planned(f"Buddy number,SKU\n{feta.pk},OL-1\n", "products")
    assert filed.acts(batch) == ["refuse"]
    assert "Olive oil has this SKU" in filed.rows(batch)[0].said


def test_undoing_keeps_a_product_that_was_ordered(organization: Organization) -> None:
    batch = filed.applied("Name\nFeta\nOlives\n", "products")
    feta = Product.objects.get(name="Feta")
    make.order(lines=[(feta, 2)])
    assert filed.outcomes(filed.undone(batch)) == ["kept", "removed"]


ORDERS = (
    "Order number,Customer,PO number,Order date,Status,SKU,Quantity,Unit price\n"
    "A-1,Bao House,PO 7,2026-11-03,Shipped,OL-1,2,10.00\n"
    "A-1,Bao House,PO 7,2026-11-03,Shipped,FE-2,3,4.5\n"
    "A-2,Bao House,,2026-11-04,,OL-1,1,\n"
)


def _for_orders() -> None:
    make.customer("Bao House")
    make.product("Olive oil", sku="OL-1", price="12.00")
    make.product("Feta", sku="FE-2", price="5.00")


def test_rows_of_one_order_number_are_one_order(organization: Organization) -> None:
    _for_orders()
    batch = filed.applied(ORDERS, "orders")
    first, second = SalesOrder.objects.order_by("number")
    assert (first.number, first.status, first.total) == ("A-1", "shipped", Decimal("33.50"))
    assert (second.status, second.total) == ("draft", Decimal("12.00"))
    assert batch.results == {"created": 3}
    assert not Mark.objects.exists()  # the books know no orders


def test_an_order_comes_in_whole_or_not_at_all(organization: Organization) -> None:
    _for_orders()
    batch = filed.applied(ORDERS.replace("FE-2,3", "XX-9,3"), "orders")
    assert filed.outcomes(batch) == ["refused", "refused", "created"]
    assert [order.number for order in SalesOrder.objects.all()] == ["A-2"]
    assert "No product here is called “XX-9”" in filed.rows(batch)[1].told


def test_an_empty_price_of_an_order_is_the_customers_price_never_none(organization: Organization) -> None:
    _for_orders()
    filed.applied(ORDERS, "orders", blanks_clear=True)
    second = SalesOrder.objects.get(number="A-2")
    assert (second.status, second.total) == ("draft", Decimal("12.00"))


def test_an_order_that_is_here_stays_as_it_is(organization: Organization) -> None:
    _for_orders()
    filed.applied(ORDERS, "orders")
    assert filed.acts(filed.planned(ORDERS, "orders")) == ["unchanged"] * 3
    again = filed.planned(ORDERS.replace("FE-2,3", "FE-2,4"), "orders")
    assert filed.acts(again) == ["refuse", "refuse", "unchanged"]
    assert "other lines" in filed.rows(again)[0].said


@pytest.mark.parametrize("first", ["ours", "file"])
def test_a_number_that_buddy_gives_and_one_in_the_file_never_meet(first: str, organization: Organization) -> None:
    """The rows of one transaction are written together, so the table does not tell yet."""
    _for_orders()
    upcoming = make.order().number
    prefix, digits = upcoming.rstrip("0123456789"), upcoming[len(upcoming.rstrip("0123456789")) :]
    given = f"{prefix}{int(digits) + 1:0{len(digits)}d}"
    rows = [",Bao House,OL-1,1", f"{given},Bao House,OL-1,2"]
    text = "\n".join(["Order number,Customer,SKU,Quantity", *(rows if first == "ours" else reversed(rows)), ""])
    batch = filed.applied(text, "orders")
    assert batch.state == State.APPLIED
    assert filed.outcomes(batch) == (["created", "left_out"] if first == "ours" else ["created", "created"])
    numbers = list(SalesOrder.objects.values_list("number", flat=True))
    assert len(set(numbers)) == len(numbers)


def test_an_order_whose_place_is_gone_since_the_preview_is_left_out(organization: Organization) -> None:
    _for_orders()
    place = make.location(Customer.objects.get(), name="Quay")
    batch = filed.planned("Customer,Ship to,SKU,Quantity\nBao House,Quay,OL-1,1\n", "orders")
    assert filed.acts(batch) == ["create"]
    place.active = False
    place.save()
    assert filed.outcomes(filed.apply(batch)) == ["left_out"]
    assert not SalesOrder.objects.exists()


def test_an_order_of_too_many_lines_is_refused_and_never_one_transaction(organization: Organization) -> None:
    _for_orders()
    lines = MOST_LINES + 1
    text = "Order number,Customer,SKU,Quantity\n" + "A-1,Bao House,OL-1,1\n" * lines + "A-2,Bao House,OL-1,1\n"
    batch = filed.planned(text, "orders")
    assert batch.counts == {"refuse": lines, "create": 1}
    assert f"This order has {lines:,} lines" in filed.rows(batch)[-2].said
    assert ImportRow.objects.filter(unit=2).count() == 1


def test_undoing_orders_keeps_the_invoiced_one(organization: Organization) -> None:
    _for_orders()
    batch = filed.applied(ORDERS, "orders")
    make.invoice(SalesOrder.objects.get(number="A-1"))
    filed.undone(batch)
    assert filed.outcomes(batch) == ["kept", "kept", "removed"]
    assert [order.number for order in SalesOrder.objects.all()] == ["A-1"]


# --- Columns ---------------------------------------------------------------------------------------------------------


def test_what_was_agreed_for_a_file_is_offered_for_the_next_of_its_shape_in_any_order(
    organization: Organization,
) -> None:
    first = filed.read("Firma,Ort,Name\nBao House,Oakland,Bao\n")
    imports.agree(first, mapping={"0": "display_name", "1": "city"}, formats={}, blanks_clear=True)
    again = filed.read("Name,Ort,Firma\nBao,Oakland,Bao House\n")
    assert (again.mapping, again.blanks_clear) == ({"2": "display_name", "1": "city"}, True)


def test_a_date_that_can_be_read_in_two_ways_is_asked_about(organization: Organization) -> None:
    _for_orders()
    text = "Customer,Order date,SKU,Quantity\nBao House,03/04/2026,OL-1,1\n"
    batch = filed.read(text, "orders")
    assert imports.styles(batch, batch.mapping)["dates"] == ""
    with pytest.raises(Refused, match="two ways"):
        imports.agree(batch, mapping=batch.mapping, formats={}, blanks_clear=False)
    filed.apply(filed.agreed(batch, dates="dmy"))
    assert SalesOrder.objects.get().order_date.isoformat() == "2026-04-03"


@pytest.mark.parametrize(
    ("mapping", "why"),
    [
        ({"0": "display_name", "1": "display_name"}, "Two columns are set to Name"),
        ({"0": "email"}, "Choose which column holds: Name or Company or Buddy number"),
    ],
)
def test_columns_that_cannot_be_are_refused(mapping: dict[str, str], why: str, organization: Organization) -> None:
    batch = filed.read("Name,Customer\nBao House,Bao\n")
    with pytest.raises(Refused, match=why):
        imports.agree(batch, mapping=mapping, formats={}, blanks_clear=False)


def test_the_verbs_are_refused_out_of_their_turn(organization: Organization) -> None:
    batch = filed.applied(LIST)
    for verb in (
        lambda: imports.apply(batch, by=make.user(), now=make.NOW),
        lambda: imports.discard(batch),
        lambda: imports.back(batch),
        lambda: imports.create_all(batch),
    ):
        with pytest.raises(Refused, match="not where it was"):
            verb()
