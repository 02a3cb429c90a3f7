"""The button of a line, and looking whether it helped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from buddy.hub import outbox
from buddy.hub.errors import Refused
from buddy.hub.outbox import Ring
from buddy.hub.team import User
from buddy.sync import pull
from buddy.sync.audit.comparing import as_json, compare
from buddy.sync.audit.explaining import judge, sentence
from buddy.sync.models import AuditLine, Fix, Link, Trouble, Verdict
from buddy.sync.work import Work

if TYPE_CHECKING:
    from buddy.quickbooks.client import Client

AT_ONCE = 200  # lines looked at in one run


@transaction.atomic
def fix(line: AuditLine, *, by: User, now: datetime | None = None) -> None:
    """Do what puts this line right, or only look again where a person did; a worker then compares it anew."""
    at = now or timezone.now()
    rows = AuditLine.objects.filter(pk=line.pk, verdict=Verdict.DIFFERENCE, settled_at=None, asked_at=None)
    if not rows.update(asked_at=at):
        raise Refused("This is being looked at already, or is put right. Look at the list again.")
    if line.fix == Fix.SEND and line.object_id is not None:
        what = {"organization": line.organization_id, "kind": line.kind, "object_id": line.object_id}
        Trouble.objects.filter(**what).delete()
        outbox.mark(line.organization, line.kind, [line.object_id], by=by, now=at)
    outbox.ring(line.organization, Ring.ANSWER, by=by, now=at)


def look_again(work: Work, client: Client) -> None:
    """Read what somebody asked about, carry it over once more, and compare. A read for each hundred of one entity."""
    lines = AuditLine.objects.filter(organization=work.organization, asked_at__isnull=False).order_by("pk")[:AT_ONCE]
    for entity in pull.LARGE:
        mine = [line for line in lines if line.entity == entity and line.remote_id]
        for some in batched(mine, pull.IDS):
            _look_at(work, client, entity, some)
    for line in lines:
        if not line.remote_id:
            _look_for(work, line)


def give_up(work: Work) -> None:
    """What was asked for is asked no more: a line that cannot be looked at must not end every run's audit."""
    with work.writing():
        AuditLine.objects.filter(organization=work.organization, asked_at__isnull=False).update(asked_at=None)


def _look_at(work: Work, client: Client, entity: str, lines: Sequence[AuditLine]) -> None:
    records = pull.single(client, entity, [line.remote_id for line in lines])
    pull.take_in(work, client, entity, records)
    judged = {each.pair.record.id: each for each in judge(work.round, entity, compare(work.round, entity, records))}
    for line in lines:
        found = judged.get(line.remote_id)
        if found is None or found.cause:
            line.settled_at = timezone.now()
            line.said = f"Now it {sentence(found.cause, 1)[2:]}." if found else line.said
        else:
            line.facts, line.said, line.fix = as_json(found.pair.facts), found.said, found.fix
        line.asked_at = None
    with work.writing():
        AuditLine.objects.bulk_update(lines, ["settled_at", "asked_at", "facts", "said", "fix"])


def _look_for(work: Work, line: AuditLine) -> None:
    """Something here that nothing there stood behind: it does once it is linked."""
    where = {"organization": work.organization, "kind": line.kind, "object_id": line.object_id}
    line.asked_at = None
    if Link.objects.filter(**where).exists():
        line.settled_at = timezone.now()
    elif trouble := Trouble.objects.filter(**where).first():
        line.said = trouble.reason
    with work.writing():
        line.save(update_fields=["asked_at", "settled_at", "said"])
