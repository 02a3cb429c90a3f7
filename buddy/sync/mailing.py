"""Letters to the admins: written beside what they tell of, posted by a worker until the mail server takes them.

A mail server that is down holds nothing up: the letter is a row, and trying again is the worker's next task.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F

from buddy.hub.team import Membership, Organization, Role
from buddy.sync.models import Letter

log = logging.getLogger(__name__)

RETRY = timedelta(minutes=1)  # the first wait after a failure; doubled each time
LONGEST_RETRY = timedelta(hours=1)


def write(organization: Organization, *, about: str, subject: str, text: str, now: datetime) -> None:
    """Have the admins told, once for each `about`; the link is added. Call in the transaction that knows of it."""
    body = f"{text}\n\n{settings.BUDDY_URL}/settings/integrations/\n\n{_FOOT.format(organization=organization)}"
    Letter.objects.get_or_create(
        organization=organization,
        about=about,
        defaults={"subject": subject[:200], "body": body, "written_at": now, "try_at": now},
    )


_FOOT = "Buddy of {organization}\nYou get this mail, once, because you are an admin there."


def withdraw(organization: Organization, *, about: str) -> None:
    """What letters whose `about` begins so would tell is over: those not sent yet never are."""
    Letter.objects.filter(organization=organization, about__startswith=about).exclude(try_at=None).delete()


def due(now: datetime) -> list[int]:
    """Organizations with letters to post. Looks at all of them: call without a scope's filter."""
    return list(Letter.objects.filter(try_at__lte=now).values_list("organization_id", flat=True).distinct())


def post(organization: Organization, *, now: datetime) -> None:
    """Send what is due. Whatever goes wrong is logged and tried again later; nothing is raised."""
    for letter in Letter.objects.filter(organization=organization, try_at__lte=now).order_by("pk"):
        if _claimed(letter, now):
            _send(letter, now)


def _claimed(letter: Letter, now: datetime) -> bool:
    """Whether it is ours to send: of several workers one moves the next try, and that is a failure's wait already."""
    wait = min(RETRY * 2**letter.attempts, LONGEST_RETRY)
    mine = Letter.objects.filter(pk=letter.pk, try_at=letter.try_at)
    return mine.update(try_at=now + wait, attempts=F("attempts") + 1) == 1


def _send(letter: Letter, now: datetime) -> None:
    try:
        send_mail(letter.subject, letter.body, None, _admins(letter.organization))
    except Exception:  # a mail server can fail in any way, and no sync may suffer from it
        log.exception("letter %s of organization %s was not sent", letter.pk, letter.organization_id)
        return
    Letter.objects.filter(pk=letter.pk).update(try_at=None, sent_at=now)
    log.info("letter sent: organization=%s about=%s", letter.organization_id, letter.about)


def _admins(organization: Organization) -> list[str]:
    found = Membership.objects.filter(organization=organization, role=Role.ADMIN, user__is_active=True)
    return list(found.order_by("pk").values_list("user__email", flat=True))
