"""The real first sync: `engine.run` on a fresh database of this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bench.parts import REALM, measured, set_up


class Statements:
    """Counts what is sent to the database, by page: a page of an entity ends where its progress is told.

    Not the record of calls, which is written with whatever page is stored when a call ahead has its answer.
    """

    def __init__(self) -> None:
        self.total = 0
        self.of_pages: dict[str, list[int]] = {}
        self._page_began = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.total += '"sync_callmade"' not in sql
        if sql.startswith('UPDATE "sync_run" SET "progress" = '):
            entity = next(reversed(json.loads(params[0])))
            self.of_pages.setdefault(entity, []).append(self.total - self._page_began)
            self._page_began = self.total
        return execute(sql, params, many, context)


def connected() -> int:
    """An organization connected to the books, its first sync due."""
    from datetime import timedelta

    from django.utils import timezone
    from django_scopes import scope

    from buddy.hub import members
    from buddy.hub.outbox import ring
    from buddy.sync.models import Connection

    member = members.set_up(
        organization_name="Larkspur Fine Foods",
        name="June Lindqvist",
        email="june@larkspur.example",
        password="bench-bench",
    )
    now = timezone.now()
    with scope(organization=member.organization):
        Connection.objects.create(
            organization=member.organization,
            environment="sandbox",
            realm=REALM,
            access_token="token",
            refresh_token="refresh",
            access_expires_at=now + timedelta(hours=4),
            refresh_expires_at=now + timedelta(days=100),
            connected_at=now,
            connected_by=member.user,
        )
        ring(member.organization, now=now)
    return member.organization.pk


def main() -> None:
    set_up()
    from django.core.management import call_command
    from django.db import connection
    from django_scopes import scopes_disabled

    from buddy.sync import connection as sync_connection
    from buddy.sync import engine
    from buddy.sync.models import Run

    call_command("migrate", verbosity=0)
    organization = connected()
    print("ready", flush=True)  # whoever writes beside this may begin
    sync_connection.new_http().close()  # the first one imports the HTTP library
    statements = Statements()
    with connection.execute_wrapper(statements), measured() as figures:
        outcome = engine.run(organization)
    with scopes_disabled():
        run = Run.objects.get()
    figures.more = {
        "outcome": str(outcome),
        "error": run.error,
        "organization": organization,
        "calls": run.calls,
        "statements": statements.total,
        "pages": statements.of_pages,
    }
    figures.tell()


if __name__ == "__main__":
    main()
