# ruff: noqa: S608  (statements are built from table names only)
"""The database itself notes every write that a run makes after it has lost its company (R22).

Each worker session says which lease it acts under; a trigger on every table of an organization compares that with the
lease as it stands at that very moment, and notes the difference in `chaos_stray`. Two things are not watched: the lease
itself, whose every change names its owner, and the record of calls made, which is true whoever holds the lease now.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import connection as database
from django.db.backends.signals import connection_created

LEASE, RUNS = "sync_connection", "sync_run"
CALLS = {"sync_callcount", "sync_callmade"}
RUN_COLUMNS = "outcome, finished_at, error, counts, progress, came, went, waiting"  # all but its count of calls
TAKES = 'UPDATE "sync_connection" SET "lease_owner" = %s'  # and with "" it lets go
STRAY = "create table chaos_stray (name text, operation text, organization bigint, owner text)"


def tables() -> list[str]:
    """Every table of Buddy's with an organization, but those above."""
    models = [model for app in ("hub", "sync") for model in apps.get_app_config(app).get_models()]
    metas = [model._meta for model in models]  # noqa: SLF001 Django's name for what is public
    with_one = {each.db_table for each in metas if any(f.column == "organization_id" for f in each.concrete_fields)}
    return sorted(with_one - {LEASE, *CALLS})


def build() -> None:
    """Once for each new store, after its migrations."""
    with database.cursor() as cursor:
        cursor.execute(STRAY)
        if database.vendor == "postgresql":
            cursor.execute(_FUNCTION)
            for table in tables():
                for operation in _operations(table):
                    cursor.execute(
                        f"create trigger chaos_{operation.split()[0]} after {operation} on {table} "
                        "for each row execute function chaos_note()"
                    )


def strays() -> list[tuple[str, str, int, str]]:
    """What was noted: table, operation, organization, owner."""
    with database.cursor() as cursor:
        cursor.execute("select name, operation, organization, owner from chaos_stray")
        return list(cursor.fetchall())


def install() -> None:
    """In a new worker: every session it opens says under which lease it acts."""
    connection_created.connect(_opened, weak=False, dispatch_uid="bench.chaos.fence")


def _opened(*, connection: Any, **_: Any) -> None:
    if not any(isinstance(each, _Owner) for each in connection.execute_wrappers):
        connection.execute_wrappers.append(_Owner())
    if connection.vendor == "sqlite":
        _watch_session(connection.connection)


class _Owner:
    """Hears a run take its lease or let it go, on the connection it writes with, and tells the session."""

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if sql.startswith(TAKES):
            session = context["connection"].connection
            if context["connection"].vendor == "postgresql":
                session.execute("select set_config('chaos.owner', %s, false)", [params[0]])
            else:
                session.execute("update chaos_me set owner = ?", [params[0]])
        return result


def _operations(table: str) -> list[str]:
    return [f"update of {RUN_COLUMNS}"] if table == RUNS else ["insert", "update", "delete"]


# SQLite's triggers cannot ask who is connected, so each session has its own, temporary ones.


def _watch_session(session: Any) -> None:
    session.execute("create temp table if not exists chaos_me as select '' as owner")
    for table in tables():
        for operation in _operations(table):
            row = "old" if operation == "delete" else "new"
            lease = f"(select lease_owner from {LEASE} where organization_id = {row}.organization_id)"
            note = f"select '{table}', '{operation}', {row}.organization_id, owner from temp.chaos_me"
            session.execute(
                f"create temp trigger if not exists chaos_{operation.split()[0]}_{table} after {operation} on {table} "
                f"when (select owner from temp.chaos_me) not in ('', {lease}) "
                f"begin insert into chaos_stray {note}; end"
            )


_FUNCTION = f"""
create function chaos_note() returns trigger language plpgsql as $$
declare
    mine text := coalesce(current_setting('chaos.owner', true), '');
    changed record;
begin
    if mine = '' then return null; end if;
    if tg_op = 'DELETE' then changed := old; else changed := new; end if;
    if mine is distinct from (select lease_owner from {LEASE} where organization_id = changed.organization_id) then
        insert into chaos_stray values (tg_table_name, tg_op, changed.organization_id, mine);
    end if;
    return null;
end $$
"""
