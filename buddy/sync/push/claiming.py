"""Marks become items of one frozen Sending. After this transaction the request exists, whatever happens (R12)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from django.utils import timezone

from buddy.hub.outbox import Mark
from buddy.quickbooks.client import BATCH_ITEMS, batch_body
from buddy.sync import undo
from buddy.sync.models import ItemState, ItemWish, Link, Sending, SendingItem, Trouble
from buddy.sync.push import composing
from buddy.sync.push.composing import Body, Composed, Hold, Request
from buddy.sync.work import Work

KINDS = ("customer", "product", "invoice")  # what an invoice refers to goes before it, in a Sending of its own
LOOK_AT = 200  # marks considered for one batch


def claim(work: Work) -> Sending | None:
    """Freeze the next request: up to 30 objects of one kind. None when nothing owed can go now."""
    for kind in KINDS:
        with work.writing():
            marks = _marks(work, kind)
            if not marks:
                continue
            composed = _compose(work, kind, marks)
            _forget(work, kind, [*composed.nothing, *composed.declined])
            undo.decline(work.organization, composed.declined, run=work.run.pk, now=timezone.now())
            _hold(work, composed.holds)
            requests = composed.requests[:BATCH_ITEMS]
            if requests:
                return _freeze(work, kind, requests)
    return None


def _marks(work: Work, kind: str) -> list[int]:
    """Objects owed, oldest first; not those with an answer outstanding, nor those found held a moment ago."""
    busy = SendingItem.objects.filter(organization=work.organization, kind=kind, state=ItemState.OPEN)
    owed = Mark.objects.filter(organization=work.organization, kind=kind).exclude(
        object_id__in=busy.values("object_id")
    )
    owed = owed.exclude(object_id__in=work.held[kind])
    return list(owed.order_by("pk").values_list("object_id", flat=True)[:LOOK_AT])


def _compose(work: Work, kind: str, object_ids: Sequence[int]) -> Composed:
    if kind == "invoice":
        return composing.invoices(work.round, object_ids)
    wishes = ItemWish.objects.filter(
        organization=work.organization, product__in=object_ids if kind == "product" else []
    )
    return composing.mapped(work.round, kind, object_ids, dict(wishes.values_list("product", "account_id")))


def _forget(work: Work, kind: str, object_ids: Sequence[int]) -> None:
    """Nothing to send after all."""
    Mark.objects.filter(organization=work.organization, kind=kind, object_id__in=object_ids).delete()


def _hold(work: Work, holds: Sequence[Hold]) -> None:
    """They stay owed; why they wait is said beside them, and they are not looked at again in this run."""
    for hold in holds:
        work.held[hold.kind].add(hold.object_id)
        Trouble.objects.update_or_create(
            organization=work.organization,
            kind=hold.kind,
            object_id=hold.object_id,
            defaults={"cause": hold.cause, "reason": hold.reason, "said": ""},
            create_defaults={"cause": hold.cause, "reason": hold.reason, "since": timezone.now()},
        )


def _on_the_wire(request: Request) -> tuple[str, str, Body, str]:
    """Operation, entity, body and options: a void is an update with an option (api 6)."""
    operation, options = ("update", "void") if request.operation == "void" else (request.operation, "")
    return operation, request.entity, request.body, options


def _freeze(work: Work, kind: str, requests: Sequence[Request]) -> Sending:
    numbered = {f"i{position}": request for position, request in enumerate(requests, 1)}
    body = batch_body((bid, *_on_the_wire(each)) for bid, each in numbered.items())
    sending = Sending.objects.create(
        organization=work.organization,
        request_id=str(uuid.uuid4()),
        body=body,
        frozen_at=timezone.now(),
        run=work.run,
    )
    SendingItem.objects.bulk_create(
        SendingItem(
            organization=work.organization,
            sending=sending,
            bid=bid,
            kind=each.kind,
            object_id=each.object_id,
            entity=each.entity,
            operation=each.operation,
            ours=each.ours,
            marker=each.marker,
        )
        for bid, each in numbered.items()
    )
    object_ids = [each.object_id for each in requests]
    Mark.objects.filter(organization=work.organization, kind=kind, object_id__in=object_ids).delete()
    Trouble.objects.filter(organization=work.organization, kind=kind, object_id__in=object_ids).delete()
    return sending


def sent(kind: str, object_ids: Collection[int]) -> set[int]:
    """Those of these objects that QuickBooks knows, or may know: linked, or in a request, whatever became of it."""
    ids = list(object_ids)
    linked = Link.objects.filter(kind=kind, object_id__in=ids).values_list("object_id", flat=True)
    asked = SendingItem.objects.filter(kind=kind, object_id__in=ids).values_list("object_id", flat=True)
    return {*linked, *asked}
