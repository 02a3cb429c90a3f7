"""How an invoice's balance came about: its total, every payment and credit, and what is left (R9)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from buddy.hub.invoices import Application, Invoice, Payment

PAYMENT, CREDIT, VOID, OTHER = "cash", "credit", "void", "other"
UNNAMED = ("Other, per QuickBooks", "Something that lives only there, such as a deposit or a journal entry")
ARRIVING = ("Payments still arriving", "A sync is running; it brings them, or says what else it is")


@dataclass(frozen=True)
class Step:
    """One movement. `amount` lowers the balance; `left` is what remained after it, and shows where its bar begins."""

    kind: str
    title: str
    detail: str
    on: date | None
    amount: Decimal
    left: Decimal

    @property
    def change(self) -> Decimal:
        """As the table shows it: what settles is negative."""
        return -self.amount

    @property
    def css(self) -> str:
        return f"f-{'void' if self.kind == OTHER else self.kind}"

    @property
    def counts(self) -> bool:
        return self.kind != VOID


@dataclass(frozen=True)
class Fall:
    total: Decimal
    balance: Decimal
    steps: list[Step]

    @property
    def settled(self) -> Decimal:
        return self.total - self.balance

    @property
    def percent(self) -> int:
        return int(self.settled * 100 / self.total) if self.total else 0

    @property
    def bars(self) -> list[tuple[Step, str, str]]:
        """Each step with where its bar begins and how wide it is, in per cent of the total."""
        return [(step, self._share(step.left), self._share(step.amount)) for step in self.steps]

    @property
    def balance_bar(self) -> str:
        return self._share(self.balance)

    def _share(self, amount: Decimal) -> str:
        share = amount * 100 / self.total if self.total else Decimal(0)
        return f"{max(Decimal(0), min(share, Decimal(100))):.2f}"


def fall(invoice: Invoice, *, arriving: bool = False) -> Fall:
    """Counted movements by date, then what no longer counts; last what QuickBooks counts and Buddy cannot name.

    `arriving`: a sync is running. Invoices come before their payments (R5), so what cannot be named yet may still come.
    """
    applied = Application.objects.filter(invoice=invoice).select_related("payment").order_by("payment__date", "pk")
    moves = [_Move(one, credits_) for one, credits_ in _with_credits(list(applied))]
    left, steps = invoice.total, []
    for move in moves:
        if not move.payment.ended:
            left -= move.amount
            steps.append(move.step(left))
    if left != invoice.balance and not invoice.ended:
        title, text = ARRIVING if arriving else UNNAMED
        steps.append(Step(OTHER, title, text, None, left - invoice.balance, invoice.balance))
    steps += [move.step(invoice.total - move.amount) for move in moves if move.payment.ended]
    return Fall(invoice.total, invoice.balance, steps)


def _with_credits(applied: list[Application]) -> list[tuple[Application, list[str]]]:
    """Each with the numbers of the credit memos that its payment carries."""
    carried = Application.objects.filter(payment__in=[one.payment_id for one in applied], credit__isnull=False)
    numbers: dict[int, list[str]] = {}
    for payment_id, number in carried.values_list("payment_id", "credit__number"):
        numbers.setdefault(payment_id, []).append(number)
    return [(one, numbers.get(one.payment_id, [])) for one in applied]


@dataclass(frozen=True)
class _Move:
    """What one payment did to the invoice. A payment of nothing that carries credits is a credit being applied."""

    application: Application
    credits: list[str]

    @property
    def payment(self) -> Payment:
        return self.application.payment

    @property
    def amount(self) -> Decimal:
        return self.application.amount

    @property
    def is_credit(self) -> bool:
        return bool(self.credits) and self.payment.amount == 0

    def step(self, left: Decimal) -> Step:
        kind = VOID if self.payment.ended else CREDIT if self.is_credit else PAYMENT
        return Step(kind, self._title(), self._detail(), self.payment.date, self.amount, left)

    def _title(self) -> str:
        if self.is_credit:
            return f"Credit memo {', '.join(filter(None, self.credits))}".strip()
        how = " ".join(filter(None, (self.payment.method.lower(), self.payment.reference)))
        return f"Payment, {how}" if how else "Payment"

    def _detail(self) -> str:
        if self.payment.ended:
            return f"{self.payment.get_ended_display().lower()} in QuickBooks, not counted"
        if self.is_credit:
            return "a credit, no money came in"
        rest = self.payment.amount - self.amount
        return (
            f"part of {self.payment.amount:,.2f}; {rest:,.2f} went elsewhere" if rest > 0 else "recorded in QuickBooks"
        )
