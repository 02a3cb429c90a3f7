"""Whatever is done in whatever order, the identities of api 5.3 hold."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simulator.clock import Clock
from simulator.company import Body, Company
from simulator.money import cents
from simulator.refusals import Fault
from tests.simulator.caller import link, sale

NTH = st.integers(0, 30)
DOCUMENTS = st.sampled_from(["Invoice", "CreditMemo", "Payment"])
AMOUNTS = st.decimals(min_value="0.01", max_value="500", places=2)


class Bookkeeping(RuleBasedStateMachine):
    """A bookkeeper who tries anything; a refusal is fine, wrong books are not."""

    def __init__(self) -> None:
        super().__init__()
        self.company = Company("Books", "1", Clock())
        self.company.books.choices.delete_paid_invoice = "unapply"
        account = {"value": "79"}
        self.item = self.company.create("Item", {"Name": "Oak", "Type": "Service", "IncomeAccountRef": account})
        self.seen: dict[tuple[str, str], tuple[int, str]] = {}
        self.number = 0
        self.new_customer()

    def nth(self, entity: str, number: int) -> str:
        """The id of some living object; "0", which is nothing, when there is none."""
        ids = list(self.company.books.tables[entity].records)
        return ids[number % len(ids)] if ids else "0"

    @rule()
    def new_customer(self) -> None:
        self.number += 1
        self.company.create("Customer", {"DisplayName": f"Customer {self.number}"})

    @rule(amount=AMOUNTS, sign=st.sampled_from([1, -1]))
    def new_customer_with_a_past(self, amount: Decimal, sign: int) -> None:
        self.number += 1
        opening = {"Balance": sign * amount, "OpenBalanceDate": "2026-01-05"}
        self.company.create("Customer", {"DisplayName": f"Customer {self.number}", **opening})

    @rule(credits=st.booleans(), payments=st.booleans())
    def let_quickbooks_apply(self, credits: bool, payments: bool) -> None:
        self.company.preferences["SalesFormsPrefs"] |= {"AutoApplyCredit": credits, "AutoApplyPayments": payments}

    @rule(customer=NTH, amount=AMOUNTS, entity=st.sampled_from(["SalesReceipt", "Estimate"]))
    def sell_at_the_counter(self, customer: int, amount: Decimal, entity: str) -> None:
        body = {"CustomerRef": {"value": self.nth("Customer", customer)}, "Line": [sale(self.item, amount)]}
        self.company.create(entity, body)

    @rule(estimate=NTH, amount=AMOUNTS)
    def bill_an_estimate(self, estimate: int, amount: Decimal) -> None:
        offer = self.tried(lambda: self.company.get("Estimate", self.nth("Estimate", estimate)))
        if offer:
            link = [{"TxnId": offer["Id"], "TxnType": "Estimate"}]
            body = {"CustomerRef": {"value": offer["CustomerRef"]["value"]}, "Line": [sale(self.item, amount)]}
            self.company.create("Invoice", {**body, "LinkedTxn": link})

    @rule(parent=NTH)
    def new_sub_customer(self, parent: int) -> None:
        self.number += 1
        body = {"DisplayName": f"Job {self.number}", "Job": True, "ParentRef": {"value": self.nth("Customer", parent)}}
        self.tried(lambda: self.company.create("Customer", body))

    @rule(customer=NTH, amounts=st.lists(AMOUNTS, min_size=1, max_size=3))
    def new_invoice(self, customer: int, amounts: list[Decimal]) -> None:
        lines = [sale(self.item, amount) for amount in amounts]
        self.company.create("Invoice", {"CustomerRef": {"value": self.nth("Customer", customer)}, "Line": lines})

    @rule(customer=NTH, amount=AMOUNTS)
    def new_memo(self, customer: int, amount: Decimal) -> None:
        body = {"CustomerRef": {"value": self.nth("Customer", customer)}, "Line": [sale(self.item, amount)]}
        self.company.create("CreditMemo", body)

    @rule(customer=NTH, amount=AMOUNTS, invoice=NTH, part=AMOUNTS)
    def pay(self, customer: int, amount: Decimal, invoice: int, part: Decimal) -> None:
        applied = {self.nth("Invoice", invoice): part}
        self.tried(lambda: self.company.pay(self.nth("Customer", customer), amount, applied))

    @rule(customer=NTH, amount=AMOUNTS)
    def pay_on_account(self, customer: int, amount: Decimal) -> None:
        self.company.pay(self.nth("Customer", customer), amount)

    @rule(invoice=NTH, share=st.sampled_from([Decimal(1), Decimal("0.5")]))
    def pay_a_share(self, invoice: int, share: Decimal) -> None:
        found = self.tried(lambda: self.company.get("Invoice", self.nth("Invoice", invoice)))
        if found and found["Balance"]:
            amount = cents(found["Balance"] * share)
            self.company.pay(found["CustomerRef"]["value"], amount, {found["Id"]: amount})

    @rule(memo=NTH, invoice=NTH, part=AMOUNTS)
    def apply_credit(self, memo: int, invoice: int, part: Decimal) -> None:
        applied = {self.nth("Invoice", invoice): part}
        self.tried(lambda: self.company.credit(self.nth("CreditMemo", memo), applied))

    @rule(payment=NTH, invoice=NTH, part=AMOUNTS)
    def apply_otherwise(self, payment: int, invoice: int, part: Decimal) -> None:
        lines = [link("Invoice", self.nth("Invoice", invoice), part)]
        body = {"Id": self.nth("Payment", payment), "sparse": True, "Line": lines}
        self.tried(lambda: self.company.update("Payment", body))

    @rule(entity=st.sampled_from(["Invoice", "CreditMemo"]), which=NTH, amount=AMOUNTS)
    def change_total(self, entity: str, which: int, amount: Decimal) -> None:
        body = {"Id": self.nth(entity, which), "sparse": True, "Line": [sale(self.item, amount)]}
        self.tried(lambda: self.company.update(entity, body))

    @rule(invoice=NTH, customer=NTH)
    def change_hands(self, invoice: int, customer: int) -> None:
        owner = {"value": self.nth("Customer", customer)}
        body = {"Id": self.nth("Invoice", invoice), "sparse": True, "CustomerRef": owner}
        self.tried(lambda: self.company.update("Invoice", body))

    @rule(entity=DOCUMENTS, which=NTH)
    def void(self, entity: str, which: int) -> None:
        self.tried(lambda: self.company.void(entity, self.nth(entity, which)))

    @rule(entity=DOCUMENTS, which=NTH)
    def delete(self, entity: str, which: int) -> None:
        self.tried(lambda: self.company.delete(entity, self.nth(entity, which)))

    @rule(loser=NTH, survivor=NTH)
    def merge(self, loser: int, survivor: int) -> None:
        self.tried(lambda: self.company.merge(self.nth("Customer", survivor), self.nth("Customer", loser)))

    @staticmethod
    def tried(verb):  # type: ignore[no-untyped-def]  # whatever the verb answers
        try:
            return verb()
        except Fault:
            return None

    @invariant()
    def documents_owe_what_was_not_applied(self) -> None:
        applied: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for payment in self.company.all("Payment"):
            for line in payment["Line"]:
                linked = line["LinkedTxn"][0]
                applied[linked["TxnType"], linked["TxnId"]] += line["Amount"]
        for entity in ("Invoice", "CreditMemo"):
            for document in self.company.all(entity):
                assert document["Balance"] == document["TotalAmt"] - applied.pop((entity, document["Id"]), Decimal(0))
                assert document["Balance"] >= 0
        assert not applied

    @invariant()
    def payments_hold_what_they_did_not_give(self) -> None:
        for payment in self.company.all("Payment"):
            used = sum((_part(line) for line in payment["Line"]), Decimal(0))
            assert payment["UnappliedAmt"] == payment["TotalAmt"] - used
            assert 0 <= payment["UnappliedAmt"] <= payment["TotalAmt"]

    @invariant()
    def customers_owe_the_sum_of_their_documents(self) -> None:
        owed: defaultdict[str, Decimal] = defaultdict(Decimal)
        for entity, sign, field in (
            ("Invoice", 1, "Balance"),
            ("CreditMemo", -1, "Balance"),
            ("Payment", -1, "UnappliedAmt"),
        ):
            for document in self.company.all(entity):
                owed[document["CustomerRef"]["value"]] += sign * document[field]
        customers = {each["Id"]: each for each in self.company.all("Customer")}
        for customer in customers.values():
            assert customer["Balance"] == owed[customer["Id"]]
            family = [each for each in customers.values() if self._belongs(each, customer, customers)]
            assert customer["BalanceWithJobs"] == sum((owed[each["Id"]] for each in family), Decimal(0))

    def _belongs(self, each: Body, to: Body, customers: dict[str, Body]) -> bool:
        while each["Id"] != to["Id"]:
            if "ParentRef" not in each:
                return False
            each = customers[each["ParentRef"]["value"]]
        return True

    @invariant()
    def invoices_and_payments_name_each_other(self) -> None:
        paid: defaultdict[str, set[str]] = defaultdict(set)
        for payment in self.company.all("Payment"):
            for line in payment["Line"]:
                paid[line["LinkedTxn"][0]["TxnId"]].add(payment["Id"])
        for invoice in self.company.all("Invoice"):
            linked = [each for each in invoice["LinkedTxn"] if each["TxnType"] == "Payment"]
            assert {each["TxnId"] for each in linked} == paid[invoice["Id"]]

    @invariant()
    def tokens_and_times_never_go_back(self) -> None:
        for entity in ("Customer", "Invoice", "CreditMemo", "Payment"):
            for each in self.company.all(entity):
                now = (int(each["SyncToken"]), each["MetaData"]["LastUpdatedTime"])
                before = self.seen.get((entity, each["Id"]), now)
                assert now[0] >= before[0]
                assert now[1] >= before[1]
                self.seen[entity, each["Id"]] = now

    @invariant()
    def ids_of_transactions_never_meet(self) -> None:
        entities = ("Invoice", "CreditMemo", "Payment", "SalesReceipt", "Estimate")
        ids = [each["Id"] for entity in entities for each in self.company.all(entity)]
        assert len(ids) == len(set(ids))


def _part(line: Body) -> Decimal:
    return line["Amount"] * (-1 if line["LinkedTxn"][0]["TxnType"] == "CreditMemo" else 1)


TestBooksHold = Bookkeeping.TestCase
TestBooksHold.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
