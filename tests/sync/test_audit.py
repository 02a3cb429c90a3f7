"""Do the books match? Every kind of difference is planted, found, named, and nothing else (M20)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from buddy.hub import customers
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.invoices import Application, Credit, Ended, Invoice, InvoiceLine, Payment
from buddy.hub.orders import SalesOrder
from buddy.hub.outbox import Bell, Mark
from buddy.hub.quality import Review
from buddy.hub.team import Organization, User
from buddy.sync import answers, audit
from buddy.sync.audit import planning
from buddy.sync.models import (
    Audit,
    CallCount,
    Connection,
    Fix,
    Link,
    Outcome,
    Remote,
    Verdict,
)
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import connect, invoice, last_run, sync, sync_killed
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime.now(UTC) - timedelta(days=10)  # long before any look at changes


class Trade:
    """Ten days old books: two customers, an item, three invoices, one paid in part, one paid, and a credit."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.albion = self.make(
            "Customer", DisplayName="Hotel Albion", PrimaryEmailAddr={"Address": "ap@albion.example"}
        )
        self.harbor = self.make("Customer", DisplayName="Harbor Goods")
        account = {"value": books.income_account(company)}
        self.olives = self.make("Item", Name="Olives", Type="NonInventory", UnitPrice=12.5, IncomeAccountRef=account)
        self.open, self.partial, self.paid = (self.invoice(self.albion, number) for number in ("A-1", "A-2", "A-3"))
        self.other = self.invoice(self.harbor, "H-1")
        self.part = company.pay(self.albion, 20, {self.partial: 20}, at=AT)["Id"]
        self.whole = company.pay(self.albion, 60, {self.paid: 50}, at=AT)["Id"]
        self.credit = self.make("CreditMemo", CustomerRef={"value": self.harbor}, Line=[books.sale(self.olives, 1, 5)])

    def invoice(self, customer: str, number: str = "", **fields: Any) -> str:
        line = books.sale(self.olives, 4, 12.5)
        named = {"DocNumber": number} if number else {}
        due = {"TxnDate": "2026-11-02", "DueDate": "2026-12-02"}
        return self.make("Invoice", CustomerRef={"value": customer}, Line=[line], **named, **due, **fields)

    def make(self, entity: str, **body: Any) -> str:
        return str(self.company.create(entity, body, at=AT)["Id"])


@pytest.fixture
def unread(connected: Connection, company: Company) -> Trade:
    """These books, and Buddy has not read them yet."""
    company.preferences["SalesFormsPrefs"]["CustomTxnNumbers"] = True
    return Trade(company)


@pytest.fixture
def trade(unread: Trade, connected: Connection) -> Trade:
    """These books, and Buddy in step with them."""
    assert sync(connected.organization) == Outcome.DONE
    return unread


@pytest.fixture
def org(connected: Connection) -> Organization:
    return connected.organization


def compare(organization: Organization, *, whole: bool = True) -> Audit:
    """Somebody presses Compare now; the audit that comes of it."""
    audit.ask(organization, whole=whole, by=None)
    assert sync(organization) == Outcome.DONE, last_run().error
    return Audit.objects.latest("pk")


def lines(found: Audit, verdict: str = Verdict.DIFFERENCE) -> dict[str, list[str]]:
    """By title, what is said to differ: `label: ours | theirs`."""
    return {
        line.title: [f"{fact['label']}: {fact['ours']} | {fact['theirs']}" for fact in line.facts]
        for line in found.lines.filter(verdict=verdict)
    }


def causes(found: Audit) -> dict[str, int]:
    return {
        f"{entity} {cause}": each["count"]
        for entity, figures in found.figures.items()
        for cause, each in figures["causes"].items()
    }


def sums(found: Audit) -> dict[str, tuple[Decimal, Decimal]]:
    return {
        f"{name} {currency}": (Decimal(here), Decimal(there))
        for figures in found.figures.values()
        for name, currency, here, there, _ in figures["sums"]
    }


def number(text: str) -> Invoice:
    return Invoice.objects.get(number=text)


# --- Nothing is wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [True, False])
def test_clean_books_match_to_the_cent_and_every_sum_is_shown(trade: Trade, org: Organization, whole: bool) -> None:
    found = compare(org, whole=whole)
    assert (found.outcome, lines(found), lines(found, Verdict.TAKEN), causes(found)) == ("matches", {}, {}, {})
    assert sums(found) == {
        "customer USD": (Decimal(115), Decimal(115)),
        "receivable USD": (Decimal(130), Decimal(130)),
        "invoiced USD": (Decimal(200), Decimal(200)),
        "credit USD": (Decimal(5), Decimal(5)),
        "unapplied USD": (Decimal(10), Decimal(10)),
        "received USD": (Decimal(80), Decimal(80)),
    }
    counts = {entity: (each["there"], each["mirror"], each["linked"]) for entity, each in found.figures.items()}
    assert counts == {
        "Item": (1, 1, 1),
        "Customer": (2, 2, 2),
        "Invoice": (4, 4, 4),
        "CreditMemo": (1, 1, 1),
        "Payment": (2, 2, 2),
    }


def test_a_year_of_trade_in_which_every_state_occurs_matches(
    organization: Organization, sim: Simulator, admin: User
) -> None:
    realm = sim.add_company(demo=True).realm
    connect(organization, sim, realm, by=admin)
    assert sync(organization) == Outcome.DONE
    found = compare(organization)
    assert (found.outcome, lines(found), lines(found, Verdict.TAKEN)) == ("matches", {}, {})
    assert {"Customer project", "Item not sold"} <= set(causes(found))
    assert found.figures["Invoice"]["compared"] > 100


def test_what_it_costs_is_said_before_and_after(trade: Trade, org: Organization, sim: Simulator) -> None:
    expected = audit.cost(org, whole=True)
    before = sim.reads(trade.company.realm)
    found = compare(org)
    assert found.reads == expected == 10
    assert sim.reads(trade.company.realm) - before == expected + 1  # and the look at changes of every cycle


def test_cycles_beside_the_audit_cost_one_read_each(trade: Trade, org: Organization, sim: Simulator) -> None:
    compare(org)
    for _ in range(10):
        before = sim.reads(trade.company.realm)
        sync(org)
        assert sim.reads(trade.company.realm) - before == 1


# --- Changes nothing told of -----------------------------------------------------------------------------------------


class Silent:
    """Each kind of change to a customer and an invoice of its own. Done silently; `expected`: what must be said."""

    def __init__(self, trade: Trade) -> None:
        self.trade, self.company = trade, trade.company
        self.expected: dict[str, list[str]] = {}
        self.today = shown_day(datetime.now(UTC), trade)
        self.steps = [
            getattr(self, name)(f"Customer {name}", f"N-{name[:8]}") for name in dir(self) if name.startswith("x_")
        ]

    def own(self, name: str, number: str) -> tuple[str, str]:
        customer = self.trade.make("Customer", DisplayName=name)
        return customer, self.trade.invoice(customer, number)

    def balance(self, name: str, before: str, after: str) -> None:
        self.expected[name] = [f"Balance: {before} | {after}"]

    def x_paid(self, name: str, number: str) -> Callable[[], Any]:
        customer, invoice = self.own(name, number)
        self.balance(name, "50.00", "20.00")
        self.expected |= {
            f"Invoice {number}": ["Balance: 50.00 | 20.00"],
            f"Payment of 30.00 on {self.today}": [],
        }
        return lambda: self.company.pay(customer, 30, {invoice: 30})

    def x_moved_due(self, name: str, number: str) -> Callable[[], Any]:
        _, invoice = self.own(name, number)
        self.expected[f"Invoice {number}"] = ["Due: Dec 2, 2026 | Jan 31, 2027"]
        return lambda: books.change(self.company, "Invoice", invoice, DueDate="2027-01-31")

    def x_lines(self, name: str, number: str) -> Callable[[], Any]:
        _, invoice = self.own(name, number)
        self.balance(name, "50.00", "62.50")
        self.expected[f"Invoice {number}"] = [
            "Subtotal: 50.00 | 62.50",
            "Total: 50.00 | 62.50",
            "Balance: 50.00 | 62.50",
            "Line 1: 4 × 12.5 = 50.00 | 5 × 12.5 = 62.50",
        ]
        line = books.sale(self.trade.olives, 5, 12.5)
        return lambda: books.change(self.company, "Invoice", invoice, Line=[line])

    def x_given_to_another(self, name: str, number: str) -> Callable[[], Any]:
        _, invoice = self.own(name, number)
        other, _ = self.own(f"{name} other", f"{number}o")
        self.balance(name, "50.00", "0.00")
        self.balance(f"{name} other", "50.00", "100.00")
        self.expected[f"Invoice {number}"] = [f"Customer: {name} | {name} other"]
        return lambda: books.change(self.company, "Invoice", invoice, CustomerRef={"value": other})

    def x_voided(self, name: str, number: str) -> Callable[[], Any]:
        _, invoice = self.own(name, number)
        self.balance(name, "50.00", "0.00")
        self.expected[f"Invoice {number}"] = [
            "Subtotal: 50.00 | 0.00",
            "Total: 50.00 | 0.00",
            "Balance: 50.00 | 0.00",
            "Status: counts | voided",
            "Line 1: 4 × 12.5 = 50.00 | 4 × 12.5 = 0.00",
        ]
        return lambda: self.company.void("Invoice", invoice)

    def x_deleted(self, name: str, number: str) -> Callable[[], Any]:
        _, invoice = self.own(name, number)
        self.balance(name, "50.00", "0.00")
        self.expected[f"Invoice {number}"] = ["Status: counts | not in QuickBooks"]
        return lambda: self.company.delete("Invoice", invoice)

    def x_new_invoice(self, name: str, number: str) -> Callable[[], Any]:
        customer, _ = self.own(name, number)
        self.balance(name, "50.00", "100.00")
        self.expected[f"Invoice {number}n"] = []
        return lambda: self.trade.invoice(customer, f"{number}n")

    def x_payment_deleted(self, name: str, number: str) -> Callable[[], Any]:
        customer, invoice = self.own(name, number)
        payment = self.company.pay(customer, 20, {invoice: 20}, at=AT)["Id"]
        self.balance(name, "30.00", "50.00")
        self.expected |= {
            f"Invoice {number}": ["Balance: 30.00 | 50.00"],
            f"Payment {payment}": ["Status: counts | not in QuickBooks"],
        }
        return lambda: self.company.delete("Payment", payment)

    def x_credited(self, name: str, number: str) -> Callable[[], Any]:
        customer, invoice = self.own(name, number)
        line = books.sale(self.trade.olives, 1, 5)
        credit = self.trade.make("CreditMemo", CustomerRef={"value": customer}, DocNumber="C-9", Line=[line])
        self.expected |= {
            f"Invoice {number}": ["Balance: 50.00 | 45.00"],
            "Credit memo C-9": ["Still to be used: 5.00 | 0.00"],
            f"Payment of 0.00 on {self.today}": [],
        }
        return lambda: self.company.credit(credit, {invoice: 5})

    def x_edited(self, name: str, number: str) -> Callable[[], Any]:
        customer, _ = self.own(name, number)
        self.expected[name] = ["Company name:  | Albion", "Notes:  | Call first"]
        return lambda: books.change(self.company, "Customer", customer, Notes="Call first", CompanyName="Albion")

    def x_new_customer(self, name: str, number: str) -> Callable[[], Any]:
        self.expected[name] = []
        return lambda: self.company.create("Customer", {"DisplayName": name})

    def x_item(self, name: str, number: str) -> Callable[[], Any]:
        self.expected["Olives"] = ["Price: 12.5000 | 13.0000"]
        return lambda: books.change(self.company, "Item", self.trade.olives, UnitPrice=13)


@pytest.mark.parametrize("whole", [True, False])
def test_every_kind_of_change_that_nothing_told_of_is_named_and_taken_in(
    unread: Trade, org: Organization, whole: bool
) -> None:
    silent = Silent(unread)
    assert sync(org) == Outcome.DONE
    with unread.company.silently():
        for step in silent.steps:
            step()
    assert sync(org) == Outcome.DONE
    found = compare(org, whole=whole)
    assert lines(found, Verdict.TAKEN) == silent.expected
    assert (found.outcome, lines(found), causes(found)) == ("matches", {}, {})
    again = compare(org)
    assert (again.outcome, lines(again, Verdict.TAKEN)) == ("matches", {})


def _credit_name(trade: Trade) -> str:
    return str(Credit.objects.get().number or trade.credit)


# --- What stands wrong in Buddy --------------------------------------------------------------------------------------


def wrong(rows: Any, **values: Any) -> None:
    """As a mistake of ours would leave it: written past the verbs, owed to nobody."""
    assert rows.update(**values) == 1


def spoil(trade: Trade) -> dict[str, list[str]]:
    """Each kind of mistake on a record of its own; what must be said of it."""
    for name in ("B-1", "B-2", "B-3", "B-4", "B-5"):
        trade.invoice(trade.harbor, name)
    trade.company.pay(trade.harbor, 33, {}, at=AT)
    trade.company.pay(trade.harbor, 44, {trade.other: 44}, at=AT)
    sync(Organization.objects.get())
    day = shown_day(AT, trade)
    albion = Customer.objects.get(display_name="Hotel Albion")
    wrong(Invoice.objects.filter(number="A-1"), balance=49)
    wrong(Invoice.objects.filter(number="A-3"), total=51, tax=1)
    wrong(Invoice.objects.filter(number="B-1"), customer=albion)
    wrong(Invoice.objects.filter(number="B-2"), due_date="2026-12-03", number="B-02")
    wrong(Invoice.objects.filter(number="A-2"), ended=Ended.VOIDED)
    wrong(InvoiceLine.objects.filter(invoice__number="B-3"), quantity=3, amount="37.50")
    assert InvoiceLine.objects.filter(invoice__number="B-4").delete()[0] == 1
    wrong(Payment.objects.filter(amount=33), amount=34, reference="CHK-1")
    wrong(Application.objects.filter(amount=50), amount=40)
    wrong(Application.objects.filter(amount=44), invoice=number("A-1"))
    wrong(Credit.objects.all(), remaining=4)
    wrong(Customer.objects.filter(pk=albion.pk), balance=1)
    return {
        "Invoice A-1": ["Balance: 49.00 | 50.00"],
        "Invoice A-3": ["Tax: 1.00 | 0.00", "Total: 51.00 | 50.00"],
        "Invoice B-1": ["Customer: Hotel Albion | Harbor Goods"],
        "Invoice B-2": ["Number: B-02 | B-2", "Due: Dec 3, 2026 | Dec 2, 2026"],
        "Invoice A-2": ["Status: voided | counts"],
        "Invoice B-3": ["Line 1: 3 × 12.5 = 37.50 | 4 × 12.5 = 50.00"],
        "Invoice B-4": ["Lines: 0 lines | 1 lines"],
        f"Payment of 33.00 on {day}": ["Amount: 34.00 | 33.00", "Reference: CHK-1 | "],
        f"Payment of 60.00 on {day}": ["Settles: 40.00 of invoice A-3 | 50.00 of invoice A-3"],
        f"Payment of 44.00 on {day}": ["Settles: 44.00 of invoice A-1 | 44.00 of invoice H-1"],
        f"Credit memo {Credit.objects.get().number or trade.credit}": ["Still to be used: 4.00 | 5.00"],
        "Hotel Albion": ["Balance: 1.00 | 70.00"],
    }


def test_what_stands_wrong_in_buddy_is_found_and_read_again_by_its_button(
    unread: Trade, org: Organization, admin: User
) -> None:
    expected = spoil(unread)
    found = compare(org)
    assert lines(found) == expected
    assert (found.outcome, lines(found, Verdict.TAKEN)) == ("differs", {})
    for line in found.lines.all():
        assert line.fix == Fix.READ
        audit.fix(line, by=admin)
    sync(org)
    assert not found.lines.filter(settled_at=None).exists()
    assert not found.lines.exclude(asked_at=None).exists()
    assert compare(org).outcome == "matches"


def shown_day(moment: datetime, trade: Trade) -> str:
    day = moment.astimezone(trade.company.books.zone)
    return f"{day:%b} {day.day}, {day.year}"


def test_an_invoice_that_lost_its_mark_is_found_and_sent(order: SalesOrder, org: Organization, admin: User) -> None:
    made = invoice(order, by=admin)
    Mark.objects.all().delete()
    found = compare(org)
    (line,) = found.lines.all()
    assert (line.entity, line.object_id, line.fix) == ("Invoice", made.pk, Fix.SEND)
    assert line.said == "It is in Buddy and not in QuickBooks, and nothing is on its way."
    audit.fix(line, by=admin)
    sync(org)
    line.refresh_from_db()
    assert line.settled_at
    assert compare(org).outcome == "matches"


def test_an_edit_that_lost_its_mark_is_found_and_sent(
    trade: Trade, org: Organization, admin: User, company: Company
) -> None:
    customers.change(Customer.objects.get(display_name="Harbor Goods"), {"notes": "Ring twice"}, by=admin)
    Mark.objects.all().delete()
    found = compare(org)
    assert lines(found) == {"Harbor Goods": ["Notes: Ring twice | "]}
    (line,) = found.lines.all()
    assert (line.fix, line.said) == (Fix.SEND, "Buddy holds a newer value that was never sent.")
    audit.fix(line, by=admin)
    sync(org)
    line.refresh_from_db()
    assert line.settled_at
    assert company.get("Customer", trade.harbor)["Notes"] == "Ring twice"


def test_a_record_the_mirror_lost_and_one_it_holds_too_much_are_found(trade: Trade, org: Organization) -> None:
    Remote.objects.filter(entity="Invoice", remote_id=trade.paid).delete()
    Link.objects.filter(entity="Payment", remote_id=trade.part).delete()
    found = compare(org)
    assert set(lines(found)) == {
        f"Payment of 20.00 on {shown_day(AT, trade)}",
        f"Payment {Payment.objects.get(amount=20).pk}",
    }
    assert lines(found, Verdict.TAKEN) == {}
    assert Remote.objects.filter(entity="Invoice", remote_id=trade.paid).exists()


def test_a_line_that_cannot_be_put_right_by_itself_stays_with_what_is_so_now(
    trade: Trade, org: Organization, admin: User
) -> None:
    Link.objects.filter(entity="Payment", remote_id=trade.part).delete()
    line = compare(org).lines.get(remote_id="")
    audit.fix(line, by=admin)
    with pytest.raises(Refused):
        audit.fix(line, by=admin)
    sync(org)
    line.refresh_from_db()
    assert (line.settled_at, line.asked_at) == (None, None)


# --- What explains itself --------------------------------------------------------------------------------------------


def test_what_waits_for_a_person_is_explained_with_its_money(org: Organization, company: Company) -> None:
    for _ in range(2):
        make.customer("Hotel Albion")
    trade = Trade(company)
    books.project(company, "Winter gala", trade.harbor)
    sync(org)
    assert Review.objects.filter(key=f"match:Customer:{trade.albion}").exists()
    found = compare(org)
    assert (found.outcome, lines(found)) == ("matches", {})
    assert causes(found) == {
        "Customer asked": 1,
        "Customer project": 1,
        "Invoice customer": 3,
        "Payment customer": 2,
    }
    assert ["receivable", "USD", "50.00", "130.00", "80.00"] in found.figures["Invoice"]["sums"]


def test_what_is_held_back_is_explained(order: SalesOrder, org: Organization, admin: User) -> None:
    invoice(order, by=admin)
    answers.unlink_customer(Customer.objects.get(), by=admin)
    found = compare(org)
    assert (found.outcome, lines(found)) == ("matches", {})
    assert causes(found) == {"Customer asked": 1, "Invoice unsent": 1}
    assert ["receivable", "USD", "50.00", "0", "-50.00"] in found.figures["Invoice"]["sums"]


def test_a_conflict_that_is_asked_about_is_explained(trade: Trade, org: Organization, admin: User) -> None:
    customers.change(Customer.objects.get(display_name="Harbor Goods"), {"notes": "Ours"}, by=admin)
    books.change(trade.company, "Customer", trade.harbor, Notes="Theirs")
    sync(org)
    found = compare(org)
    assert (found.outcome, lines(found), causes(found)) == ("matches", {}, {"Customer asked": 1})


def test_what_changes_while_it_runs_is_no_difference(trade: Trade, org: Organization, wire: Wire) -> None:
    def meanwhile() -> None:
        trade.company.pay(trade.albion, 30, {trade.open: 30})

    wire.before("FROM Customer", meanwhile)
    found = compare(org)
    assert (found.outcome, lines(found), lines(found, Verdict.TAKEN)) == ("matches", {}, {})
    assert causes(found) == {"Customer meanwhile": 1, "Invoice meanwhile": 1, "Payment meanwhile": 1}
    assert number("A-1").balance == 20


def test_currencies_are_never_added_up(org: Organization, company: Company) -> None:
    company.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"] = True
    trade = Trade(company)
    euro = str(company.create("Customer", {"DisplayName": "Café Paris", "CurrencyRef": {"value": "EUR"}}, at=AT)["Id"])
    trade.invoice(euro, CurrencyRef={"value": "EUR"})
    sync(org)
    found = compare(org)
    assert found.outcome == "matches"
    assert sums(found)["receivable EUR"] == (Decimal(50), Decimal(50))
    assert sums(found)["receivable USD"] == (Decimal(130), Decimal(130))


def test_a_copy_that_carries_our_mark_is_said_to_be_one(
    order: SalesOrder, org: Organization, company: Company, admin: User
) -> None:
    invoice(order, by=admin)
    sync(org)
    (ours,) = company.all("Invoice")
    copy = {name: ours[name] for name in ("CustomerRef", "Line", "PrivateNote")}
    company.create("Invoice", copy | {"Line": [line for line in ours["Line"] if "Id" in line]})
    sync(org)
    found = compare(org)
    assert (found.outcome, causes(found)) == ("matches", {"Invoice copy": 1})


# --- When, and how far -----------------------------------------------------------------------------------------------


def test_it_comes_every_night_where_the_business_is_and_a_restart_forgets_nothing(
    trade: Trade, org: Organization
) -> None:
    row = Connection.objects.get()
    assert row.audit_due_at
    local = row.audit_due_at.astimezone(ZoneInfo(org.time_zone))
    assert 2 <= local.hour < 5
    assert not Audit.objects.exists()
    Connection.objects.update(audit_due_at=datetime.now(UTC) - timedelta(days=2))  # nobody was running
    sync(org)
    (found,) = Audit.objects.all()
    assert (found.nightly, found.outcome) == (True, "matches")
    assert Connection.objects.get().audit_due_at == row.audit_due_at
    sync(org)
    assert Audit.objects.count() == 1


def test_once_a_month_the_nightly_look_is_a_whole_one(trade: Trade, org: Organization) -> None:
    for since, whole in ((timedelta(days=31), True), (timedelta(days=1), False)):
        now = datetime.now(UTC)
        assert planning.is_whole_due(org, now - since, now=now) is whole


def test_nothing_is_compared_during_a_first_sync(
    org: Organization, connected: Connection, unread: Trade, wire: Wire
) -> None:
    with pytest.raises(Refused, match="first sync"):
        audit.ask(org, whole=True, by=None)
    Connection.objects.update(audit_due_at=datetime.now(UTC) - timedelta(days=2))
    wire.refuse("FROM Payment", "3100")
    sync(org)
    assert not Audit.objects.exists()


def test_killed_anywhere_it_comes_to_the_same_end(trade: Trade, org: Organization) -> None:
    with trade.company.silently():
        trade.company.pay(trade.albion, 30, {trade.open: 30})
    wrong(Credit.objects.all(), remaining=4)
    audit.ask(org, whole=True, by=None)
    kills = 0
    while sync_killed(org, at=5 + kills * 3):
        kills += 1
        assert kills < 40
    found = Audit.objects.get()
    assert kills > 3
    assert set(lines(found)) == {f"Credit memo {_credit_name(trade)}"}
    assert {"Invoice A-1", "Hotel Albion"} <= set(lines(found, Verdict.TAKEN))
    assert (found.outcome, number("A-1").balance) == ("differs", 20)


def test_quickbooks_failing_in_the_middle_only_delays_it(trade: Trade, org: Organization, wire: Wire) -> None:
    audit.ask(org, whole=True, by=None)
    wire.answer("FROM CreditMemo", 503, {}, times=3)
    assert sync(org) == Outcome.FAILED
    half = Audit.objects.get()
    assert set(half.figures) == {"Item", "Customer", "Invoice"}
    asked = len(wire.asked)
    assert sync(org) == Outcome.DONE
    assert not [each for each in wire.asked[asked:] if "FROM Invoice" in each.text]
    assert Audit.objects.get().outcome == "matches"


def test_without_reads_left_it_says_so_and_reads_nothing(trade: Trade, org: Organization, settings: Any) -> None:
    today = datetime.now(UTC).date()
    CallCount.objects.update_or_create(organization=org, day=today, defaults={"reads": 900})
    settings.INTUIT_READS_PER_MONTH = 1000
    with pytest.raises(Refused, match="about 10 reads, and 0 are left"):
        audit.ask(org, whole=True, by=None)
    Connection.objects.update(audit_due_at=datetime.now(UTC) - timedelta(hours=1))
    assert sync(org) == Outcome.DONE
    found = Audit.objects.get()
    assert (found.outcome, found.reads) == ("stopped", 0)
    assert "are left of this month’s allowance" in found.reason


def test_when_it_needs_more_reads_than_were_thought_it_stops_at_the_allowance(
    trade: Trade, org: Organization, settings: Any
) -> None:
    with trade.company.silently():
        for each in (trade.open, trade.other):
            trade.company.delete("Invoice", each)
    today = datetime.now(UTC).date()
    CallCount.objects.update_or_create(organization=org, day=today, defaults={"reads": 889})
    settings.INTUIT_READS_PER_MONTH = 1000
    audit.ask(org, whole=True, by=None)
    sync(org)
    found = Audit.objects.get()
    assert (found.outcome, found.reason) == (
        "stopped",
        "The month’s reads were used up before everything was compared.",
    )
    assert found.reads == 10


def test_who_rings_during_a_long_audit_does_not_wait_for_its_end(
    trade: Trade, org: Organization, admin: User, wire: Wire, company: Company
) -> None:
    def edit() -> None:
        customers.change(Customer.objects.get(display_name="Harbor Goods"), {"notes": "Now"}, by=admin)

    def seen() -> None:
        notes.append(company.get("Customer", trade.harbor).get("Notes", ""))

    notes: list[str] = []
    wire.before("count(*) FROM Item", edit)
    wire.before("FROM Payment", seen)
    before = Bell.objects.get().due_at
    found = compare(org)
    assert notes == ["Now"]
    assert found.outcome == "matches"
    assert found.reads == 10  # the look in between is not the audit's
    assert Bell.objects.get().due_at > before


def test_only_one_is_under_way_and_the_past_ones_are_kept(trade: Trade, org: Organization) -> None:
    audit.ask(org, whole=True, by=None)
    with pytest.raises(Refused, match="already"):
        audit.ask(org, whole=False, by=None)
    sync(org)
    compare(org)
    Audit.objects.filter(pk=Audit.objects.earliest("pk").pk).update(finished_at=datetime.now(UTC) - timedelta(days=401))
    sync(org)
    assert Audit.objects.count() == 1
