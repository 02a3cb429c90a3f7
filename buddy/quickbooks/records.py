"""What QuickBooks answers, as frozen records; the body stays undecoded until someone asks for it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

if TYPE_CHECKING:
    from buddy.quickbooks.errors import QuickBooksError

type Body = dict[str, Any]

# QuickBooks' own spelling of every object it sends notifications about (api 8.4) or that is read by name. Addresses
# and CloudEvents write them in lower case.
_ENTITIES = """
    Account Bill BillPayment Budget Class CompanyInfo CreditMemo Currency Customer CustomerType Department Deposit
    Employee Estimate Invoice Item JournalCode JournalEntry Payment PaymentMethod Preferences Purchase PurchaseOrder
    RefundReceipt SalesReceipt TaxAgency TaxCode TaxRate Term TimeActivity Transfer Vendor VendorCredit
"""
_SPELLING = {entity.lower(): entity for entity in _ENTITIES.split()}

_decode_body = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode


def canonical(entity: str) -> str:
    """`creditmemo` → `CreditMemo`; a name not known here keeps the spelling it came with."""
    return _SPELLING.get(entity.lower(), entity)


def moment(text: str) -> datetime | None:
    """A time of QuickBooks in UTC; nanoseconds are cut to microseconds. None for a text that is no time with a zone."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read.astimezone(UTC) if read.tzinfo else None


@dataclass(frozen=True, slots=True)
class Ref:
    """The name of one QuickBooks object: company, kind, id."""

    realm: str
    entity: str
    id: str


@dataclass(frozen=True, slots=True)
class Record:
    """One QuickBooks object as received.

    `raw` is the object's own JSON text, byte for byte. `body` decodes it once: fractions are Decimal with the scale
    they came with, whole numbers are int, nothing is a float. QuickBooks leaves empty fields out (api 2.3), so an
    absent field is empty; except when `deleted`, for then the body is a stub without values (api 4.4, 7).
    """

    realm: str
    entity: str
    id: str
    sync_token: str
    updated_at: datetime | None
    deleted: bool
    raw: bytes
    _body: Body | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def ref(self) -> Ref:
        return Ref(self.realm, self.entity, self.id)

    @property
    def body(self) -> Body:
        if self._body is None:
            object.__setattr__(self, "_body", _decode_body(self.raw))
        return self._body  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a query. `time` is the server's clock at the answer (it may be a fraction early, api 2.3)."""

    records: list[Record]
    time: datetime | None


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything changed since a moment, deleted objects too, of all entities asked for. `time` is the next cursor."""

    records: list[Record]
    time: datetime

    LIMIT: ClassVar[int] = 1000  # objects in one answer over all entities (api 7)

    @property
    def size(self) -> int:
        return len(self.records)

    @property
    def maybe_cut(self) -> bool:
        """The answer is as long as QuickBooks ever makes one: there may be more that it does not show (R4)."""
        return self.size >= self.LIMIT


@dataclass(frozen=True, slots=True)
class BatchReply:
    """What became of each item, by its bId. A bId that was sent and is not here is in doubt (R13)."""

    items: "dict[str, Record | QuickBooksError]"
    time: datetime | None

    @property
    def refs(self) -> set[tuple[str, str]]:
        """Entity and id of what was written."""
        return {(each.entity, each.id) for each in self.items.values() if isinstance(each, Record)}


@dataclass(frozen=True, slots=True)
class Tokens:
    """One grant's tokens and when they end. `hard_expires_at`: the end of the connection itself (api 1.4), if told."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_expires_at: datetime
    hard_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Note:
    """One hint of a webhook that an object changed. `operation`: created updated deleted merged voided emailed.

    For "merged" `id` is the survivor and `deleted_id` the one that vanished (api 5.1.3).
    """

    realm: str
    entity: str
    id: str
    operation: str
    deleted_id: str
    event_id: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call that was made, for the log and the counters: no tokens, no bodies, no query strings.

    `status` is None when no answer came. `metered`: Intuit counts it against the app's monthly reads (api 10.1), which
    is a read that succeeded. `code` is the fault's code, or the kind of failure on the wire.
    """

    verb: str
    entity: str
    id: str
    method: str
    path: str
    status: int | None
    milliseconds: int
    trace_id: str
    metered: bool
    request_id: str
    code: str
