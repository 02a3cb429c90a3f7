"""The state machine: people on both sides who edit, sell and pay, and everything that can go wrong meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from buddy.hub import customers, organizations, products
from buddy.hub.customers import Customer
from buddy.hub.errors import Invalid, Refused
from buddy.hub.invoices import Invoice
from buddy.hub.products import Product
from buddy.hub.quality import Review, ReviewKind, ReviewStatus
from buddy.hub.team import BothChanged
from buddy.sync import answers, invoicing
from buddy.sync.models import Trouble
from simulator.refusals import Fault
from tests import makers as make
from tests.edits import documents, picked
from tests.edits.picked import Picked
from tests.edits.world import TROUBLES, World
from tests.edits.written import ENTITIES, FIELDS, HERE, MUST_HAVE, THERE, Subject, as_here, as_there, value
from tests.sync import bookkeeper as books
from tests.sync.conftest import DAY

NTH = st.integers(0, 30)
KINDS = st.sampled_from(sorted(FIELDS))
SIDES = st.sampled_from([HERE, THERE])
AMOUNTS = st.integers(1, 90).map(Decimal)
NEVER = 10**6  # of the transactions of a run
MOMENTS = st.sampled_from(["/cdc?", "/query?", "/batch?"])
JUMPS = {
    "a minute and a half": timedelta(seconds=90),
    "an hour and a half": timedelta(minutes=90),
    "a day": timedelta(days=1),
    "a month": timedelta(days=31),
}

DOCUMENTS = ("Invoice", "CreditMemo", "Payment")
ACTS = (
    "bill", "credit", "pay", "pay", "apply_credit", "apply_otherwise", "change_invoice", "change_credit", "void",
    "delete",
)  # fmt: skip

counted: Counter[str] = Counter()


class TwoSides(RuleBasedStateMachine):
    """What people do on either side, in any order, with any trouble between; checked whenever all is quiet."""

    @initialize(
        rotation=st.sampled_from(["sticky", "strict", "grace"]), both=st.sampled_from(list(BothChanged)), kinds=KINDS
    )
    def begin(self, rotation: str, both: BothChanged, kinds: str) -> None:
        self.world = World(rotation=rotation)
        self.written, self.company = self.world.written, self.world.company
        self.number = 0
        self.picked = Picked(self.company, self.world.admin)
        self.wanted: list[int] = []  # invoices made here
        self.tell_who_wins(both)
        for kind in ("customer", "product", kinds):
            self.new_there(kind, fields=1)
        self.world.run()
        self.written.observe()
        counted["sequences"] += 1

    def teardown(self) -> None:
        try:
            self.quiet()
            counted["values"] += self.written.count
        finally:
            self.world.close()

    def check_invariants(self, *args: Any, **kwargs: Any) -> None:
        super().check_invariants(*args, **kwargs)
        counted["steps"] += 1

    # --- Records -----------------------------------------------------------------------------------------------------

    def fresh(self, name: str) -> str:
        self.number += 1
        return value(name, self.number)

    def nth(self, kind: str, number: int, *, side: str = "") -> Subject | None:
        """Some record of this kind, which that side has."""
        self.find_all()
        some = [each for each in self.written.subjects if each.kind == kind]
        some = [each for each in some if side != HERE or each.pk]
        some = [each for each in some if side != THERE or each.id]
        return some[number % len(some)] if some else None

    def find_all(self) -> None:
        for subject in self.written.subjects:
            subject.find(self.world.organization)

    def some_values(self, kind: str, fields: int) -> dict[str, str]:
        names = list(FIELDS[kind])
        chosen = {*MUST_HAVE[kind], *(names[(self.number + at) % len(names)] for at in range(fields))}
        return {name: self.fresh(name) for name in names if name in chosen}

    @rule(kind=KINDS, side=SIDES, fields=st.integers(0, 6))
    def new(self, kind: str, side: str, fields: int) -> None:
        make_one = self.new_here if side == HERE else self.new_there
        make_one(kind, fields)

    def new_here(self, kind: str, fields: int) -> None:
        values = self.some_values(kind, fields)
        given = {name: as_here(name, text) for name, text in values.items()}
        if kind == "customer":
            made: Customer | Product = customers.create(self.world.organization, given, by=self.world.admin)
        else:
            made = products.create(self.world.organization, given, by=self.world.admin)
            answers.create_item(made, self.world.account, by=self.world.admin)
        self.written.add(Subject(kind, pk=made.pk), HERE, values)

    def new_there(self, kind: str, fields: int) -> None:
        values = self.some_values(kind, fields)
        body: dict[str, Any] = {}
        for name, text in values.items():
            body |= as_there(kind, name, text)
        if kind == "product":
            body |= {"Type": "NonInventory", "IncomeAccountRef": {"value": self.world.account}}
        made = self.company.create(ENTITIES[kind], body)
        self.written.add(Subject(kind, id=str(made["Id"])), THERE, values)

    @rule(edits=st.lists(st.tuples(KINDS, NTH, NTH, SIDES, st.integers(0, 5)), min_size=1, max_size=8))
    def edit(self, edits: list[tuple[str, int, int, str, int]]) -> None:
        """Some fields get values that nobody else writes; now and then one is emptied."""
        for kind, which, field, side, chance in edits:
            self.edit_one(kind, which, field, side, clear=chance == 0)

    @rule(edits=st.lists(st.tuples(KINDS, NTH, NTH, SIDES), min_size=1, max_size=4))
    def edit_both(self, edits: list[tuple[str, int, int, str]]) -> None:
        """Both sides change the same field of a record before they hear of each other."""
        for kind, which, field, first in edits:
            for side in (first, THERE if first == HERE else HERE):
                self.edit_one(kind, which, field, side)

    def edit_one(self, kind: str, which: int, field: int, side: str, *, clear: bool = False) -> None:
        subject = self.nth(kind, which, side=side)
        if subject is None:
            return
        name = list(FIELDS[kind])[field % len(FIELDS[kind])]
        empty = clear and name not in MUST_HAVE[kind]
        self.write(subject, name, side, "" if empty else self.fresh(name))

    @rule(which=NTH, name=st.sampled_from(picked.FIELDS), side=SIDES, number=NTH)
    def pick(self, which: int, name: str, side: str, number: int) -> None:
        """Taxable or not, other terms, another parent."""
        if (subject := self.nth("customer", which)) and subject in (family := self.family()):
            self.tried(lambda: self.picked.pick(subject, name, side, number, family))

    def family(self) -> list[Subject]:
        """The customers that are on both sides."""
        return [each for each in self.written.subjects if each.kind == "customer" and each.pk and each.id]

    @rule(kind=KINDS, which=NTH, side=SIDES, wake=st.booleans())
    def turn_on_or_off(self, kind: str, which: int, side: str, wake: bool) -> None:
        """Somebody makes a record inactive, or active again. What was owed to it meanwhile goes when it is active."""
        subject = self.nth(kind, which, side=side)
        if subject is None:
            return
        if side == THERE:
            act = self.company.reactivate if wake else self.company.deactivate
            self.tried(lambda: act(ENTITIES[kind], subject.id))
        else:
            nouns, model = (customers, Customer) if kind == "customer" else (products, Product)
            verb = nouns.reactivate if wake else nouns.deactivate
            verb(model.objects.get(pk=subject.pk), by=self.world.admin)

    def wake_all(self) -> bool:
        """Somebody makes all records active again in QuickBooks, where nothing can be done to the others; were any?"""
        asleep = [each for each in self.written.subjects if each.id and not each.active_there(self.company)]
        for each in asleep:
            self.company.reactivate(ENTITIES[each.kind], each.id)
        return bool(asleep)

    def try_again(self) -> bool:
        """Somebody presses Try again wherever QuickBooks refused an invoice; was there any?"""
        refused = Trouble.objects.filter(kind="invoice").values("object_id")
        for invoice in (stuck := list(Invoice.objects.filter(pk__in=refused))):
            answers.retry(invoice, by=self.world.admin)
        return bool(stuck)

    def write(self, subject: Subject, name: str, side: str, text: str) -> None:
        held = subject.here() if side == HERE else subject.there(self.company)
        if held.get(name, text) == text:
            return
        self.written.observe()
        if side == THERE:
            changed = as_there(subject.kind, name, text)
            if not self.tried(lambda: books.change(self.company, ENTITIES[subject.kind], subject.id, **changed)):
                return
        elif subject.kind == "customer":
            row = Customer.objects.get(pk=subject.pk)
            customers.change(row, {name: as_here(name, text)}, by=self.world.admin)
        else:
            product = Product.objects.get(pk=subject.pk)
            products.change(product, {name: as_here(name, text)}, by=self.world.admin)
        self.written.note(subject, name, side, text)

    @rule(
        one=st.tuples(KINDS, NTH, NTH, SIDES), moment=MOMENTS, late=st.booleans(), times=st.sampled_from([1, 1, 1, 4])
    )
    def edit_meanwhile(self, one: tuple[str, int, int, str], moment: str, late: bool, times: int) -> None:
        """Somebody edits while a run speaks with QuickBooks: just before such a call arrives, or before its answer."""
        meet = self.world.wire.after if late else self.world.wire.before
        meet(moment, lambda: self.edit_one(*one), times=times)

    @rule(which=NTH, picks=st.lists(st.sampled_from(["ours", "theirs"]), min_size=4, max_size=4))
    def answer(self, which: int, picks: list[str]) -> None:
        """A person answers a question about values."""
        kinds = (ReviewKind.CONFLICT, ReviewKind.DIFFERENCE)
        waiting = list(Review.objects.filter(status=ReviewStatus.PENDING, kind__in=kinds).order_by("pk"))
        if not waiting:
            return
        review = waiting[which % len(waiting)]
        chosen = {each["name"]: picks[at % 4] for at, each in enumerate(review.data["fields"])}
        self.tried(lambda: answers.settle_difference(review, chosen, by=self.world.admin))

    @rule(both=st.sampled_from(list(BothChanged)))
    def tell_who_wins(self, both: BothChanged) -> None:
        organizations.change(self.world.organization, {"both_changed": both}, by=self.world.admin)

    # --- Orders, invoices, money -------------------------------------------------------------------------------------

    @rule(customer=NTH, product=NTH, quantity=st.integers(1, 9))
    def invoice_here(self, customer: int, product: int, quantity: int) -> None:
        """An order is placed and invoiced; refused while its customer or product is not in QuickBooks."""
        buyer, sold = self.nth("customer", customer, side=HERE), self.nth("product", product, side=HERE)
        if not buyer or not sold:
            return
        self.number += 1
        lines = [(Product.objects.get(pk=sold.pk), quantity)]
        row, reference = Customer.objects.get(pk=buyer.pk), f"PO-{self.number}"
        order = self.tried(lambda: make.order(row, lines, po_number=reference))
        if order is None:
            return
        made = self.tried(
            lambda: invoicing.create(
                self.world.organization, [order.pk], combine=False, invoice_date=DAY, by=self.world.admin
            )
        )
        self.wanted += [invoice.pk for invoice in made or ()]

    @rule(acts=st.lists(st.tuples(st.sampled_from(ACTS), NTH, NTH, AMOUNTS), min_size=1, max_size=5))
    def keep_the_books(self, acts: list[tuple[str, int, int, Decimal]]) -> None:
        """The bookkeeper bills, credits, takes money, applies it otherwise, voids and deletes."""
        for act, which, other, amount in acts:
            self.tried(lambda act=act, at=(which, other, amount): getattr(self, f"_{act}")(*at))

    def _bill(self, customer: int, product: int, amount: Decimal) -> None:
        buyer, sold = self.nth("customer", customer, side=THERE), self.nth("product", product, side=THERE)
        if buyer and sold:
            books.invoice(self.company, buyer.id, [books.sale(sold.id, 1, amount)])

    def _credit(self, customer: int, product: int, amount: Decimal) -> None:
        buyer, sold = self.nth("customer", customer, side=THERE), self.nth("product", product, side=THERE)
        if buyer and sold:
            body = {"CustomerRef": {"value": buyer.id}, "Line": [books.sale(sold.id, 1, amount)]}
            self.company.create("CreditMemo", body)

    def _change_invoice(self, which: int, product: int, amount: Decimal) -> None:
        self.change_amount("Invoice", which, product, amount)

    def _change_credit(self, which: int, product: int, amount: Decimal) -> None:
        self.change_amount("CreditMemo", which, product, amount)

    def change_amount(self, entity: str, which: int, product: int, amount: Decimal) -> None:
        if sold := self.nth("product", product, side=THERE):
            line = [books.sale(sold.id, 1, amount)]
            books.change(self.company, entity, self.document(entity, which), Line=line)

    def _pay(self, invoice: int, _: int, amount: Decimal) -> None:
        found = self.company.get("Invoice", self.document("Invoice", invoice))
        part = min(amount, found["Balance"])
        self.company.pay(found["CustomerRef"]["value"], amount, {found["Id"]: part} if part else {})

    def _apply_credit(self, memo: int, invoice: int, amount: Decimal) -> None:
        self.company.credit(self.document("CreditMemo", memo), {self.document("Invoice", invoice): amount})

    def _apply_otherwise(self, payment: int, invoice: int, amount: Decimal) -> None:
        linked = {"TxnId": self.document("Invoice", invoice), "TxnType": "Invoice"}
        line = [{"Amount": amount, "LinkedTxn": [linked]}]
        books.change(self.company, "Payment", self.document("Payment", payment), Line=line)

    def _void(self, entity: int, which: int, _: Decimal) -> None:
        name = DOCUMENTS[entity % 3]
        self.company.void(name, self.document(name, which))

    def _delete(self, entity: int, which: int, _: Decimal) -> None:
        name = DOCUMENTS[entity % 3]
        self.company.delete(name, self.document(name, which))

    def document(self, entity: str, number: int) -> str:
        ids = [str(each["Id"]) for each in self.company.all(entity)]
        return ids[number % len(ids)] if ids else "0"

    @staticmethod
    def tried(act: Any) -> Any:
        """A refusal of either side is fine, and changes nothing."""
        try:
            return act()
        except (Fault, Refused, Invalid):
            return None

    # --- Runs and troubles -------------------------------------------------------------------------------------------

    @rule(times=st.integers(1, 2))
    def run(self, times: int) -> None:
        for _ in range(times):
            counted["kills"] += self.world.run_killed(NEVER)  # but a death on the wire that found no call may come now
            self.written.observe()
            counted["runs"] += 1

    @rule(at=st.integers(0, 14))
    def run_killed(self, at: int) -> None:
        """The worker dies just before one of its transactions, or (0) when it has sent something."""
        if at == 0:
            self.world.wire.kill("/batch?")
        counted["kills"] += self.world.run_killed(at)
        self.written.observe()

    @rule(name=st.sampled_from(TROUBLES), times=st.integers(1, 3), path=st.sampled_from(["*", "*", "*/batch", "*/cdc"]))
    def trouble(self, name: str, times: int, path: str) -> None:
        self.world.sim.faults.add(name, times=times, path=path)
        counted["faults"] += times

    @rule(how=st.sampled_from(["expired", "answer lost", "revoked", "disconnected"]))
    def connection_trouble(self, how: str) -> None:
        """The access token expires, the answer with the next one is lost, or somebody ends the permission."""
        if how == "disconnected":
            self.world.disconnect()
        elif how == "revoked":
            self.world.sim.revoke(self.world.realm)
        else:
            self.world.sim.expire_access(self.world.realm)
            if how == "answer lost":
                self.world.sim.faults.add("lose_reply", path="*bearer*")

    @precondition(lambda self: not self.world.connected)
    @rule()
    def reconnect(self) -> None:
        self.tried(self.world.connect)

    @rule(jump=st.sampled_from(sorted(JUMPS)))
    def time_passes(self, jump: str) -> None:
        """After more than an hour QuickBooks may have forgotten every request id (api 4.8)."""
        self.world.clock.jump(JUMPS[jump])
        if JUMPS[jump] > timedelta(hours=1):
            self.company.replays.kept.clear()

    # --- All quiet ---------------------------------------------------------------------------------------------------

    @rule(chance=st.integers(0, 2))
    def now_and_then_quiet(self, chance: int) -> None:
        if chance == 0:
            self.quiet()

    def quiet(self) -> None:
        """The troubles end and everything owed goes: now each value must be accounted for."""
        self.world.calm()
        if self.wake_all():
            self.world.calm()
        if self.try_again():
            self.world.calm()
        self.find_all()
        wrong = [
            *self.written.lost(),
            *self.written.apart(),
            *self.picked.apart(self.family()),
            *self.not_once_on_each_side(),
            *documents.apart(self.company, self.wanted),
        ]
        assert not wrong, "\n".join(wrong)
        counted["quiets"] += 1

    def not_once_on_each_side(self) -> Iterator[str]:
        for kind, model in (("customer", Customer), ("product", Product)):
            mine = [each for each in self.written.subjects if each.kind == kind]
            there = sorted(str(each["Id"]) for each in self.company.all(ENTITIES[kind]))
            here = sorted(model.objects.values_list("pk", flat=True))
            if there != sorted(each.id for each in mine) or here != sorted(each.pk or 0 for each in mine):
                yield f"{kind}s made: {[(each.pk, each.id) for each in mine]}; here: {here}; there: {there}"
