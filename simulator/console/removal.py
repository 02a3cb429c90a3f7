"""Voiding and deleting a document: a page that says what will happen, then the act."""

from werkzeug.wrappers import Response as AnyResponse

from simulator.books import Record
from simulator.console.shell import ENTITIES, REFUSALS, company, console, done, label, page, record

REMOVABLE = "/<any('invoices', 'payments', 'credit-memos'):kind>/<record_id>/<any(void, delete):act>"
LISTS = {
    "invoices": ("console.documents", {"kind": "invoices"}),
    "credit-memos": ("console.documents", {"kind": "credit-memos"}),
    "payments": ("console.payments", {}),
}
CONSEQUENCES = {
    ("Invoice", "void"): (
        "Its amounts and its balance become zero; it stays in the books with its number.",
        "Payments and credits on it are released and stay with the customer.",
        "“Voided” is put before its memo.",
    ),
    ("Invoice", "delete"): (
        "It vanishes from the books with its number, for good.",
        "It cannot be deleted while a payment or a credit is on it.",
    ),
    ("Payment", "void"): (
        "Its amount becomes zero; it stays in the books.",
        "The invoices it paid are open again.",
    ),
    ("Payment", "delete"): (
        "It vanishes from the books, for good.",
        "The invoices it paid are open again.",
    ),
    ("CreditMemo", "void"): (
        "Its amounts become zero; it stays in the books with its number.",
        "The invoices it was applied to are open again by as much.",
    ),
    ("CreditMemo", "delete"): (
        "It vanishes from the books with its number, for good.",
        "It cannot be deleted while it is applied to an invoice.",
    ),
}


@console.get(REMOVABLE)
def confirm(kind: str, record_id: str, act: str) -> AnyResponse:
    return _page(kind, record(ENTITIES[kind], record_id), act)


@console.post(REMOVABLE)
def remove(kind: str, record_id: str, act: str) -> AnyResponse:
    entity = ENTITIES[kind]
    found = record(entity, record_id)
    name = label(found)
    try:
        if act == "delete":
            company().delete(entity, record_id)
        else:
            company().void(entity, record_id)
    except REFUSALS as refusal:
        return _page(kind, found, act, refusal)
    if act == "delete":
        endpoint, values = LISTS[kind]
        return done(f"{name} is deleted.", endpoint, **values)
    return done(f"{name} is voided.", **_record_page(kind, record_id))


def _page(kind: str, found: Record, act: str, refusal: Exception | None = None) -> AnyResponse:
    happens = CONSEQUENCES[found.entity.name, act]
    return page("confirm", refusal=refusal, tab=kind, kind=kind, record=found, act=act, happens=happens)


def _record_page(kind: str, record_id: str) -> dict[str, str]:
    if kind == "payments":
        return {"endpoint": "console.open_payment", "record_id": record_id}
    return {"endpoint": "console.open_document", "kind": kind, "record_id": record_id}
