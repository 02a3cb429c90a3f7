"""Which organization's rows can be seen (R27): django-scopes in the ORM, and on PostgreSQL the database itself.

The second wall holds where the first has gaps: raw statements, `exists()`, `bulk_create`. Every table with an
organization has a row-level policy (migration `row_level_security`) that compares its rows with the setting
`buddy.organization` of the database session; a wrapper around every statement keeps that setting at the active scope.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import django_scopes
from django.db.backends.signals import connection_created
from psycopg.pq import TransactionStatus

if TYPE_CHECKING:
    from buddy.hub.team import Organization

NOBODY, EVERYBODY = "", "all"
_SET = "SELECT set_config('buddy.organization', %s, %s)"


def scope(organization: Organization) -> AbstractContextManager[None]:
    """Only this organization's rows. With None, django-scopes would show everybody's: that is a TypeError here."""
    if organization is None or organization.pk is None:
        raise TypeError("A scope needs an organization.")
    return django_scopes.scope(organization=organization)


def active() -> str:
    """The active scope as the database is told it: an id, "all" where scopes are disabled, "" outside any."""
    found = django_scopes.get_scope()
    if found.get("_enabled") is False:
        return EVERYBODY
    organization = found.get("organization")
    return NOBODY if organization is None else str(organization.pk)


class Wall:
    """Keeps one database session's setting at the active scope, statement by statement."""

    def __init__(self) -> None:
        self._session: str | None = None  # as set outside transactions; it outlives them
        self._now: str | None = None  # as it stands in the transaction under way

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        self._follow(context["connection"])
        result = execute(sql, params, many, context)
        if sql.startswith("ROLLBACK TO"):
            self._now = None  # a setting made since the savepoint is undone with it
        return result

    def _follow(self, connection: Any) -> None:
        wanted = active()
        idle = connection.connection.info.transaction_status == TransactionStatus.IDLE
        if idle:
            self._now = self._session
        if wanted == self._now:
            return
        lasting = idle and not connection.in_atomic_block
        connection.connection.execute(_SET, [wanted, not lasting])
        self._now = wanted
        if lasting:
            self._session = wanted


def watch(*, connection: Any, **_: Any) -> None:
    """Give each new PostgreSQL session its wall."""
    if connection.vendor == "postgresql":
        connection.execute_wrappers = [each for each in connection.execute_wrappers if not isinstance(each, Wall)]
        connection.execute_wrappers.append(Wall())


def install() -> None:
    connection_created.connect(watch, dispatch_uid="buddy.hub.scoping")
