"""A notification that something changed in QuickBooks: is it Intuit's, and what does it name (api 8).

It is a hint and no more: it carries ids only, may come twice, late or never, and for our own writes too.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from buddy.quickbooks.records import Note, canonical, moment

# Both formats in one spelling. `void` and `voided` were both seen (api 8.3).
_OPERATIONS = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "merge": "merged",
    "void": "voided",
    "emailed": "emailed",
}


def verified(body: bytes, signature: str, verifier_token: str) -> bool:
    """Whether the `intuit-signature` header is Intuit's over these raw bytes. Never raises; without a token of ours
    nothing is verified, since anyone can sign with an empty one."""
    try:
        given = base64.b64decode(signature.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    ours = hmac.new(verifier_token.encode(), body, hashlib.sha256).digest()
    return bool(verifier_token) and hmac.compare_digest(ours, given)


def parse(body: bytes) -> list[Note]:
    """What a notification names, of either format and any number of companies, in its order.

    ValueError for a body that is no notification at all. An element of it that names no company and object is left
    out: refusing the rest would only make Intuit hold back what follows (api 8.1).
    """
    try:
        notification = msgspec.json.decode(body)
    except (ValueError, RecursionError) as problem:
        raise ValueError("The notification is not JSON.") from problem
    notes: Iterable[Note]
    if isinstance(notification, list):
        notes = map(_event, map(_lower, notification))
    elif "eventnotifications" in _lower(notification):
        notes = _legacy(_lower(notification))
    else:
        raise ValueError("The notification is neither a list of events nor has eventNotifications.")
    return [note for note in notes if note.realm and note.entity and note.id]


def _event(event: Mapping[str, Any]) -> Note:
    """One CloudEvent (api 8.3), e.g. of type `qbo.invoice.updated.v1`."""
    _, entity, operation, *_ = [*_text(event, "type").split("."), "", "", ""]
    return _note(
        realm=_text(event, "intuitaccountid"),
        entity=entity,
        id=_text(event, "intuitentityid"),
        operation=operation,
        deleted_id=_text(_lower(event.get("data")), "deletedid"),
        event_id=_text(event, "id"),
        at=_text(event, "time"),
    )


def _legacy(notification: Mapping[str, Any]) -> Iterator[Note]:
    """The format until mid-2026 (api 8.2)."""
    for company in _list(notification, "eventnotifications"):
        for changed in _list(_lower(company.get("datachangeevent")), "entities"):
            yield _note(
                realm=_text(company, "realmid"),
                entity=_text(changed, "name"),
                id=_text(changed, "id"),
                operation=_text(changed, "operation"),
                deleted_id=_text(changed, "deletedid"),
                event_id="",
                at=_text(changed, "lastupdated"),
            )


def _note(*, realm: str, entity: str, id: str, operation: str, deleted_id: str, event_id: str, at: str) -> Note:
    """Where the format has no event ids, what an element says is its id: delivered again, it has the same one."""
    return Note(
        realm=realm,
        entity=canonical(entity),
        id=id,
        operation=_operation(operation),
        deleted_id=deleted_id,
        event_id=event_id or f"{realm}:{entity}:{id}:{operation}:{at}",
        at=moment(at),
    )


def _operation(word: str) -> str:
    word = word.lower()
    return _OPERATIONS.get(word, word)


def _lower(value: object) -> dict[str, Any]:
    """Names of attributes are read in any case (api 8.3)."""
    return {str(name).lower(): inner for name, inner in value.items()} if isinstance(value, dict) else {}


def _list(value: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    elements = value.get(name)
    return [_lower(element) for element in elements] if isinstance(elements, list) else []


def _text(value: Mapping[str, Any], name: str) -> str:
    """A string as it is, a number as its digits, anything else as nothing."""
    found = value.get(name)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
