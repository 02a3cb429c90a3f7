"""A year of trade, told in order of time: deliveries are invoiced, paid, half paid or forgotten, credited and voided.

A heap of what is still to happen (the diary) is worked off up to now; what lies after now has not happened, so open and
overdue invoices come about by themselves. Every document is entered at its own moment, through the company's own verbs.
"""

import heapq
import itertools
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from simulator.books import Body
from simulator.clock import PACIFIC
from simulator.company import Company
from simulator.demo_company.lists import Buyer, Good, Lists

CENT = Decimal("0.01")
MONTHS = {1: 0.6, 2: 0.7, 3: 0.9, 4: 1.0, 5: 1.1, 6: 1.1, 7: 0.9, 8: 0.8, 9: 1.0, 10: 1.2, 11: 1.6, 12: 1.8}
WEEKDAYS = (0.9, 1.2, 1.1, 1.2, 1.0, 0.2, 0.0)
STATEMENT_DAY = 28
# The invoices, counted from the first, to which something happens.
VOIDED = frozenset({17, 83, 141, 206})
CREDITED = frozenset({8, 29, 64, 97, 128, 175, 210})
CREDIT_LEFT_OPEN = frozenset({222, 238})
PAYMENT_BOUNCED = frozenset({12, 120})
FORGOTTEN = range(5, 250, 11)
CREDIT_REASONS = ("3 broken jars", "Short delivery: one case missing", "Pail leaked", "Wrong cut of cheese taken back")


def trade(company: Company, lists: Lists, *, now: datetime, seed: int, invoices: int) -> None:
    """Enter `invoices` invoices over the twelve months before `now`, and what followed from them."""
    year = _Year(company, lists, now, Random(seed))
    for moment in year.delivery_moments(invoices):
        year.note(moment, year.deliver)
    for day in year.days():
        if day.day == STATEMENT_DAY:
            year.note(_at(day, time(16, 30)), year.pay_statements)
    year.note(now - timedelta(days=150, hours=3), year.let_go)
    year.note(now - timedelta(days=19, hours=2), year.take_deposit)
    year.note(now - timedelta(days=2, hours=5), year.take_part_payments)
    year.work_off()


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=PACIFIC)


class _Year:
    """The company, what is known of its buyers, and the diary of what is still to happen."""

    def __init__(self, company: Company, lists: Lists, now: datetime, rng: Random) -> None:
        self.company, self.lists, self.now, self.rng = company, lists, now, rng
        self.tax_code = company.preferences["TaxPrefs"]["TaxGroupCodeRef"]
        self.has_po_field = bool(company.preferences["SalesFormsPrefs"]["CustomField"])
        self.diary: list[tuple[datetime, int, Callable[[datetime], object]]] = []
        self.notes = itertools.count()
        self.delivered = itertools.count()
        self.cheques = itertools.count(2101)
        self.orders = itertools.count(4410)
        self.favourites = {buyer.customer["Id"]: self._favourites(buyer) for buyer in lists.buyers}
        self.unpaid: dict[str, list[str]] = {}  # customer → invoices awaiting its statement

    # ---- the diary
    def note(self, moment: datetime, act: Callable[[datetime], object]) -> None:
        heapq.heappush(self.diary, (moment, next(self.notes), act))

    def work_off(self) -> None:
        while self.diary and self.diary[0][0] < self.now:
            moment, _, act = heapq.heappop(self.diary)
            act(moment)

    def days(self) -> list[date]:
        today = self.now.astimezone(PACIFIC).date()
        return [today - timedelta(days=back) for back in range(364, 0, -1)]

    def delivery_moments(self, count: int) -> list[datetime]:
        days = self.days()
        weights = [MONTHS[day.month] * WEEKDAYS[day.weekday()] for day in days]
        chosen = self.rng.choices(days, weights, k=count)
        return [
            _at(day, time(self.rng.randint(7, 16), self.rng.randint(0, 59), self.rng.randint(0, 59))) for day in chosen
        ]

    # ---- selling
    def _favourites(self, buyer: Buyer) -> list[Good]:
        """What this customer orders from; who pays sales tax also takes the few things that are taxed."""
        taxed = [good for good in self.lists.goods if good.item["Taxable"] and buyer.customer["Taxable"]]
        others = [good for good in self.lists.goods if good not in taxed]
        return taxed + self.rng.sample(others, min(13, len(others)))

    def deliver(self, moment: datetime) -> None:
        number = next(self.delivered)
        buyer = self._buyer(moment)
        invoice = self.company.create("Invoice", self._invoice(buyer, moment), at=moment)
        if number in VOIDED:
            self.note(moment + timedelta(hours=20), lambda at: self._void("Invoice", invoice["Id"], at))
            return
        if number in CREDITED | CREDIT_LEFT_OPEN:
            applied = number in CREDITED
            self.note(
                moment + timedelta(days=3), lambda at: self._give_credit(buyer, invoice["Id"], at, applied=applied)
            )
        self._expect_payment(number, buyer, invoice)

    def _buyer(self, moment: datetime) -> Buyer:
        buyers = [buyer for buyer in self.lists.buyers if self._buys(buyer, moment)]
        return self.rng.choices(buyers, [buyer.size**1.2 for buyer in buyers])[0]

    def _buys(self, buyer: Buyer, moment: datetime) -> bool:
        in_season = not buyer.months or moment.month in buyer.months
        return in_season and not (buyer.leaves and moment > self.now - timedelta(days=240))

    def _invoice(self, buyer: Buyer, moment: datetime) -> Body:
        customer = buyer.customer
        lines = [self._line(buyer, good) for good in self._basket(buyer, moment)]
        body: Body = {
            "CustomerRef": {"value": customer["Id"]},
            "TxnDate": moment.date().isoformat(),
            "SalesTermRef": {"value": customer["SalesTermRef"]["value"]},
            "Line": lines + self._extras(buyer),
        }
        if any(line["SalesItemLineDetail"]["TaxCodeRef"]["value"] == "TAX" for line in lines):
            body["TxnTaxDetail"] = {"TxnTaxCodeRef": self.tax_code}
        if "PrimaryEmailAddr" in customer:
            body["BillEmail"] = {"Address": customer["PrimaryEmailAddr"]["Address"]}
        if self.has_po_field and buyer.size >= 4:
            body["CustomField"] = [{"DefinitionId": "1", "Type": "StringType", "StringValue": self._po_number(buyer)}]
        return body

    def _basket(self, buyer: Buyer, moment: datetime) -> list[Good]:
        goods = [
            good
            for good in self.favourites[buyer.customer["Id"]]
            if not (good.leaves and moment > self.now - timedelta(days=160))
        ]
        return self.rng.sample(goods, min(len(goods), self.rng.randint(1, 3 + buyer.size // 2)))

    def _line(self, buyer: Buyer, good: Good) -> Body:
        quantity = max(1, round(good.typical * self.rng.uniform(0.4, 1.3) * (0.5 + buyer.size / 4)))
        taxed = good.item["Taxable"] and buyer.customer["Taxable"]
        description = {"Description": good.item["Description"]} if "Description" in good.item else {}
        return description | {
            "DetailType": "SalesItemLineDetail",
            "Amount": (quantity * good.price).quantize(CENT, ROUND_HALF_UP),
            "SalesItemLineDetail": {
                "ItemRef": {"value": good.item["Id"]},
                "Qty": quantity,
                "UnitPrice": good.price,
                "TaxCodeRef": {"value": "TAX" if taxed else "NON"},
            },
        }

    def _extras(self, buyer: Buyer) -> list[Body]:
        """A discount for who pays by statement and buys much; freight on every third delivery."""
        extras: list[Body] = []
        if buyer.pays == "statement" and buyer.size >= 8:
            detail = {"PercentBased": True, "DiscountPercent": 5}
            extras.append({"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail})
        if self.rng.random() < 0.3:
            freight = Decimal(self.rng.choice((25, 45, 65)))
            shipping = {"ItemRef": {"value": "SHIPPING_ITEM_ID"}}
            extras.append({"DetailType": "SalesItemLineDetail", "Amount": freight, "SalesItemLineDetail": shipping})
        return extras

    def _po_number(self, buyer: Buyer) -> str:
        initials = "".join(word[0] for word in buyer.customer["DisplayName"].split() if word[0].isalnum())[:3].upper()
        return f"{initials}-{next(self.orders)}"

    # ---- being paid
    def _expect_payment(self, number: int, buyer: Buyer, invoice: Body) -> None:
        id, due = invoice["Id"], _at(date.fromisoformat(invoice["DueDate"]), time(11, 15))
        if number in FORGOTTEN:
            self.note(due + timedelta(days=self.rng.randint(70, 140)), lambda at: self._pay(id, at))
        elif buyer.pays in {"statement", "parent"}:
            payer = (
                invoice["CustomerRef"]["value"] if buyer.pays == "statement" else buyer.customer["ParentRef"]["value"]
            )
            self.unpaid.setdefault(payer, []).append(id)
        elif number in PAYMENT_BOUNCED:
            self.note(due, lambda at: self._bounce(id, at))
        elif buyer.pays == "halves":
            self.note(due - timedelta(days=12), lambda at: self._pay(id, at, share=Decimal("0.5")))
            self.note(due + timedelta(days=6), lambda at: self._pay(id, at))
        elif buyer.pays == "at once" or buyer.leaves:
            self.note(_at(date.fromisoformat(invoice["TxnDate"]), time(17, 20)), lambda at: self._pay(id, at))
        else:
            late = self.rng.randint(8, 45) if buyer.pays == "slow" else self.rng.randint(-9, 5)
            self.note(due + timedelta(days=late), lambda at: self._pay(id, at))

    def _pay(self, invoice_id: str, moment: datetime, share: Decimal = Decimal(1)) -> Body | None:
        """The customer pays this share of what is open; None when nothing is."""
        invoice = self.company.get("Invoice", invoice_id)
        amount = (Decimal(str(invoice["Balance"])) * share).quantize(CENT, ROUND_HALF_UP)
        if amount <= 0:
            return None
        return self._receive(invoice["CustomerRef"]["value"], {invoice_id: amount}, moment)

    def _receive(self, customer_id: str, applications: dict[str, Decimal], moment: datetime) -> Body:
        method = self.rng.choices(("Check", "Bank transfer", "Visa"), (6, 3, 1))[0]
        number = next(self.cheques)
        fields: Body = {
            "TxnDate": moment.date().isoformat(),
            "PaymentMethodRef": {"value": self.lists.methods[method]},
        }
        if method != "Visa":
            fields["PaymentRefNum"] = str(number) if method == "Check" else f"ACH-{number}"
        return self.company.pay(customer_id, sum(applications.values(), Decimal(0)), applications, at=moment, **fields)

    def pay_statements(self, moment: datetime) -> None:
        """Once a month some pay all that is three weeks old with one payment; head offices pay for their stores."""
        for payer, ids in self.unpaid.items():
            invoices = [self.company.get("Invoice", id) for id in ids]
            oldest = (moment - timedelta(days=21)).date().isoformat()
            ripe = {each["Id"]: Decimal(str(each["Balance"])) for each in invoices if each["TxnDate"] <= oldest}
            owed = {id: balance for id, balance in ripe.items() if balance > 0}
            if owed:
                self._receive(payer, owed, moment)
            ids[:] = [id for id in ids if id not in ripe]

    def _bounce(self, invoice_id: str, moment: datetime) -> None:
        """The cheque comes back: the payment is voided two days later, and made good after a fortnight."""
        payment = self._pay(invoice_id, moment)
        if payment is not None:
            self.note(moment + timedelta(days=2), lambda at: self._void("Payment", payment["Id"], at))
            self.note(moment + timedelta(days=16), lambda at: self._pay(invoice_id, at))

    def _void(self, entity: str, id: str, moment: datetime) -> None:
        self.company.void(entity, id, at=moment)

    def _give_credit(self, buyer: Buyer, invoice_id: str, moment: datetime, *, applied: bool) -> None:
        """Goods came to harm: a credit for one piece of the invoice's first line, applied to it or left open."""
        invoice = self.company.get("Invoice", invoice_id)
        line = invoice["Line"][0]
        detail = line["SalesItemLineDetail"]
        price = Decimal(str(detail["UnitPrice"])).quantize(CENT, ROUND_HALF_UP)
        memo = self.company.create(
            "CreditMemo",
            {
                "CustomerRef": {"value": buyer.customer["Id"]},
                "TxnDate": moment.date().isoformat(),
                "PrivateNote": self.rng.choice(CREDIT_REASONS),
                "Line": [
                    {
                        "DetailType": "SalesItemLineDetail",
                        "Amount": price,
                        "SalesItemLineDetail": {
                            "ItemRef": {"value": detail["ItemRef"]["value"]},
                            "Qty": 1,
                            "UnitPrice": price,
                        },
                    }
                ],
            },
            at=moment,
        )
        if applied and invoice["Balance"] >= price:
            self.company.credit(memo["Id"], {invoice_id: price}, at=moment + timedelta(minutes=4))

    # ---- what happens once
    def let_go(self, moment: datetime) -> None:
        """Customers who closed and items no longer carried become inactive."""
        for entity, gone in (
            ("Customer", [buyer.customer for buyer in self.lists.buyers if buyer.leaves]),
            ("Item", [good.item for good in self.lists.goods if good.leaves]),
        ):
            for body in gone:
                self.company.update(entity, {"Id": body["Id"], "sparse": True, "Active": False}, at=moment)

    def take_part_payments(self, moment: datetime) -> None:
        """Some of the newest open invoices are half paid, so that there are such at any time of the year."""
        unpaid = [each for each in self.company.all("Invoice") if each["Balance"] == each["TotalAmt"] > 0]
        for invoice in [each for each in unpaid if each["DueDate"] > moment.date().isoformat()][-9::2]:
            self._pay(invoice["Id"], moment, share=Decimal("0.5"))

    def take_deposit(self, moment: datetime) -> None:
        """A regular customer sends money ahead of the holidays: a payment that stays unapplied."""
        payer = next(buyer for buyer in self.lists.buyers if buyer.pays == "statement").customer["Id"]
        self.company.pay(
            payer,
            Decimal(1500),
            at=moment,
            TxnDate=moment.date().isoformat(),
            PaymentMethodRef={"value": self.lists.methods["Bank transfer"]},
            PaymentRefNum="HOLIDAY-DEPOSIT",
            PrivateNote="Deposit for the holiday order",
        )
