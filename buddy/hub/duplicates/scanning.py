"""Looking through the customers for duplicates: what changed, every ten minutes; all of them, every night.

A look goes by a few hundred customers at a time and keeps in its row how far it is: cut off, or asked to let others
go first, it goes on from there. It needs no books. Whoever keeps workers asks `due` and calls `scan`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from itertools import batched

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from buddy import jobs
from buddy.hub import matchkeys
from buddy.hub.customers import Customer
from buddy.hub.duplicates import asking
from buddy.hub.duplicates.pairing import pair
from buddy.hub.duplicates.tables import Scan
from buddy.hub.matching import RULES_VERSION
from buddy.hub.team import Organization

EVERY = timedelta(minutes=10)
QUIET = time(1)  # where the business is
SOME = 400  # customers compared between two looks at whether others wait
CLAIM = timedelta(minutes=5)  # how long another worker leaves a look alone that shows no sign of life
CLOCKS = timedelta(minutes=1)  # an edit that was committed while the last look began is compared again


def due(now: datetime) -> list[int]:
    """Organizations whose customers are to be looked through. Looks at all of them: call without a scope's filter."""
    missing = [
        Scan(organization=organization, next_at=now + EVERY, whole_at=organization.next_night(QUIET, now=now))
        for organization in Organization.objects.filter(scan=None)
    ]
    if missing:
        Scan.objects.bulk_create(missing, ignore_conflicts=True)
    return list(Scan.objects.filter(next_at__lte=now).values_list("organization_id", flat=True))


def soon(organization: Organization, *, whole: bool = False, now: datetime | None = None) -> None:
    """Look within seconds, at what changed or at all of them, and bring the questions up to date."""
    at = now or timezone.now()
    row, _ = Scan.objects.get_or_create(organization=organization, defaults={"next_at": at, "whole_at": at})
    Scan.objects.filter(pk=row.pk).update(next_at=at, **({"whole_at": at} if whole else {}))
    jobs.wake(organization.pk)


def scan(organization: Organization, *, now: datetime, others_wait: Callable[[], bool] = lambda: False) -> bool:
    """Look, if it is time and nobody else does. True when it came to its end; where `others_wait`, it goes on later."""
    row = _claimed(organization, now)
    if row is None:
        return False
    for some in batched(_to_compare(row), SOME):
        customers = list(Customer.objects.filter(organization=organization, pk__among=[pk for _, pk in some]))
        if row.rules != RULES_VERSION:
            with transaction.atomic():
                matchkeys.refresh(organization, customers)
        pair(organization, customers)
        if not _goes_on(row, some[-1], others_wait=others_wait()):
            return False
    asking.ask(organization, now=timezone.now())
    _end(row)
    return True


@transaction.atomic
def _claimed(organization: Organization, now: datetime) -> Scan | None:
    """The row, ours for a while, if a look is due; a new look is begun unless one is under way."""
    row = Scan.objects.filter(organization=organization, next_at__lte=now).first()
    if row is None:
        return None
    if not _set_next(row, timezone.now() + CLAIM):
        return None
    if row.began_at is None or row.whole_at <= now:
        whole = row.whole_at <= now or row.compared_at is None or row.rules != RULES_VERSION
        _note(row, began_at=now, whole=whole, after_name="", after=0, whole_at=organization.next_night(QUIET, now=now))
    return row


def _to_compare(row: Scan) -> list[tuple[str, int]]:
    """The customers this look still has to compare, in the order of their names: each with its id."""
    left = Q(sort_name__gt=row.after_name) | Q(sort_name=row.after_name, pk__gt=row.after)
    customers = Customer.objects.filter(left, organization=row.organization_id)
    if not row.whole and row.compared_at:
        customers = customers.filter(updated_at__gte=row.compared_at - CLOCKS)
    return list(customers.order_by("sort_name", "pk").values_list("sort_name", "pk"))


def _goes_on(row: Scan, last: tuple[str, int], *, others_wait: bool) -> bool:
    """Keep how far it is. False when others wait, or when somebody asked for a look meanwhile: whoever takes that one
    goes on from here, or begins anew.
    """
    _note(row, after_name=last[0], after=last[1])
    at = timezone.now()
    return _set_next(row, at if others_wait else at + CLAIM) and not others_wait


def _end(row: Scan) -> None:
    """What a person asked for meanwhile stands: the next look is not put off."""
    _set_next(row, timezone.now() + EVERY)
    _note(row, compared_at=row.began_at, began_at=None, rules=RULES_VERSION)


def _set_next(row: Scan, at: datetime) -> bool:
    """When it is due again. False, and left as it is, when that was set by somebody else since we did."""
    if Scan.objects.filter(pk=row.pk, next_at=row.next_at).update(next_at=at) != 1:
        return False
    row.next_at = at
    return True


def _note(row: Scan, **values: datetime | int | bool | str | None) -> None:
    """Nothing of a look that was begun anew since."""
    Scan.objects.filter(pk=row.pk, began_at=row.began_at).update(**values)
    for name, value in values.items():
        setattr(row, name, value)
