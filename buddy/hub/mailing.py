"""Letters: written beside what they tell of, posted by a worker until the mail server takes them.

A mail server that is down holds nothing up: the letter is a row, and trying again is the worker's next task.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import models
from django.db.models import F, Q
from django_scopes import ScopedManager

from buddy.hub.team import Membership, Organization, Role

log = logging.getLogger(__name__)

RETRY = timedelta(minutes=1)  # the first wait after a failure; doubled each time
LONGEST_RETRY = timedelta(hours=1)


class Letter(models.Model):
    """A mail, kept until it is sent. `about` says of what, so that one thing is told once.

    To the admins, whoever they are when it is posted, or to the address in `to`.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    about = models.CharField(max_length=100)
    to = models.EmailField(blank=True)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    written_at = models.DateTimeField()
    try_at = models.DateTimeField(null=True)  # none: it is sent
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "about"], name="one_letter_about_it")]
        indexes = [models.Index(fields=["try_at"], condition=~Q(try_at=None), name="letter_to_post")]


def write(organization: Organization, *, about: str, subject: str, text: str, link: str, now: datetime) -> None:
    """Have the admins told, once for each `about`. `link` is a path. Call in the transaction that knows of it."""
    body = f"{text}\n\n{settings.BUDDY_URL}{link}\n\n{_FOOT.format(organization=organization)}"
    Letter.objects.get_or_create(
        organization=organization,
        about=about,
        defaults={"subject": subject[:200], "body": body, "written_at": now, "try_at": now},
    )


_FOOT = "Buddy of {organization}\nYou get this mail, once, because you are an admin there."


def write_to(
    address: str, *, organization: Organization, about: str, subject: str, text: str, link: str, now: datetime
) -> None:
    """Have one person told, with a link for them alone: once sent, nothing of it is kept. Replaces one not sent yet."""
    body = f"{text}\n\n{settings.BUDDY_URL}{link}\n\nBuddy of {organization}"
    Letter.objects.update_or_create(
        organization=organization,
        about=about,
        defaults={
            "to": address, "subject": subject[:200], "body": body, "written_at": now, "try_at": now, "attempts": 0,
        },
    )  # fmt: skip


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
        send_mail(letter.subject, letter.body, None, [letter.to] if letter.to else _admins(letter.organization))
    except Exception:  # a mail server can fail in any way, and no sync may suffer from it
        log.exception("letter %s of organization %s was not sent", letter.pk, letter.organization_id)
        return
    _sent(letter, now)
    log.info("letter sent: organization=%s about=%s", letter.organization_id, letter.about)


def _sent(letter: Letter, now: datetime) -> None:
    kept = Letter.objects.filter(pk=letter.pk, written_at=letter.written_at)  # not one that replaced it meanwhile
    if letter.to:
        kept.delete()
    else:
        kept.update(try_at=None, sent_at=now)


def _admins(organization: Organization) -> list[str]:
    found = Membership.objects.filter(organization=organization, role=Role.ADMIN, user__is_active=True)
    return list(found.order_by("pk").values_list("user__email", flat=True))
