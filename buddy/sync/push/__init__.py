"""The hub → QuickBooks: claim what is owed, freeze the request, send it, settle the answer (R12, R13, R14).

drain      resend what has no answer, then claim, send and settle until nothing more can go
claiming   marks become items of one frozen Sending, in one transaction
clashes    who has the name that was refused
composing  what one object is as a request, or why it cannot go
settling   what the answer means for each item
looking    in doubt: look there before sending again
"""

from __future__ import annotations

from django.utils import timezone

from buddy.quickbooks.client import Client
from buddy.quickbooks.errors import Rejected, Retryable
from buddy.sync import pull, undo
from buddy.sync.models import Sending
from buddy.sync.push import clashes
from buddy.sync.push.claiming import claim, sent
from buddy.sync.push.looking import UNCERTAIN, look
from buddy.sync.push.settling import refuse, settle
from buddy.sync.work import Work

__all__ = ["drain", "send", "sent"]


def drain(work: Work, client: Client) -> None:
    """Send everything owed that can go. Raises when QuickBooks does not answer: what is frozen stays frozen."""
    for unsettled in Sending.objects.filter(organization=work.organization, settled_at=None).order_by("pk"):
        if unsettled.frozen_at < timezone.now() - UNCERTAIN:
            look(work, client, unsettled)
        else:
            send(work, client, unsettled)
    while sending := _next(work, client):
        send(work, client, sending)
        work.held.clear()  # what waited for something just confirmed may go now
    clashes.ask(work, client)


def _next(work: Work, client: Client) -> Sending | None:
    """The next request. What a person wants undone is read once more before it is judged: it is QuickBooks' (R15)."""
    if wanted := undo.to_read(work.organization):
        pull.named(work, client, wanted)
    return claim(work)


def send(work: Work, client: Client, sending: Sending) -> None:
    """Send the frozen bytes under their request id, then settle each item."""
    with work.writing():
        sending.attempts += 1
        sending.save(update_fields=["attempts"])
    try:
        reply = client.batch(bytes(sending.body), request_id=sending.request_id)
    except Rejected as error:  # the request as a whole: nothing of it was written now, but an earlier try may have been
        if sending.attempts > 1:
            look(work, client, sending)
        else:
            refuse(work, sending, error)
        return
    except Retryable as error:
        _remember(work, sending, error)
        if error.code != "600":
            raise
        look(work, client, sending)
        return
    settled = settle(work, sending, reply)
    if sending.attempts > 1:  # this may be the first answer repeated (api 4.8): what happened since is not in it
        work.round.needs.update(reply.refs)
    if settled.doubtful:
        look(work, client, sending)
    again = _reread(work)
    if again:
        pull.named(work, client, again)
    if settled.stop:
        raise settled.stop
    if settled.closed:
        pull.company(work, client)


def _remember(work: Work, sending: Sending, error: Retryable) -> None:
    with work.writing():
        sending.last_error = str(error)[:500]
        sending.save(update_fields=["last_error"])


def _reread(work: Work) -> set[tuple[str, str]]:
    """What the answers said must be read again (Stale, and numbers that are taken)."""
    needs, work.round.needs = work.round.needs, set()
    return needs
