# ruff: noqa: S608, SLF001  (statements are built from our own table and column names only)
"""Set-based reads and writes on SQLite and PostgreSQL: the only module with raw SQL (R27).

Rows are tuples in the order of `columns` (Django field attnames, `organization_id` among them). They must be
ready: this path runs no field preparation beyond what the database driver cannot do itself. Callers stand in
a transaction of theirs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import batched, chain
from typing import Any

from django.db import connection, models
from django.db.models.sql.compiler import SQLCompiler

Rows = Sequence[tuple[Any, ...]]
AT_ONCE = 500  # rows in one INSERT; SQLite takes 32,766 values


@models.ForeignKey.register_lookup
@models.Field.register_lookup
class Among(models.Lookup):
    """`remote_id__among=ids`: what `__in` says, for hundreds of plain texts or numbers.

    They travel as one parameter, so the statement is the same however many they are, and nobody looks at each.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{column} = ANY(%s)", (*params, list(self.rhs))
        return f"{column} IN (SELECT value FROM json_each(%s))", (*params, json.dumps(list(self.rhs)))


def find(
    model: type[models.Model], columns: Sequence[str], *, where: Mapping[str, Any], among: tuple[str, Iterable[Any]]
) -> list[tuple[Any, ...]]:
    """Rows with these values and one column `among` many: plain texts and numbers, as the driver gives them.

    For what every chunk of a sync asks: building a queryset costs more than the answer.
    """
    table, names = _names(model, columns)
    condition, sought = _among(model, *among)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {names} FROM {table} WHERE {_conditions(model, where)} AND {condition}", [*where.values(), sought]
        )
        return cursor.fetchall()


def holds(model: type[models.Model], where: Mapping[str, Any], *, kept: bool = False) -> bool:
    """Is there a row with these values? `kept`: nobody changes it until the transaction ends."""
    keeping = " FOR NO KEY UPDATE" if kept and connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM {_quote_name(model._meta.db_table)} WHERE {_conditions(model, where)} LIMIT 1{keeping}",
            [*where.values()],
        )
        return cursor.fetchone() is not None


def lock(model: type[models.Model]) -> None:
    """Let nobody else write to this table until the transaction ends. On SQLite the transaction does that itself."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {_quote_name(model._meta.db_table)} IN SHARE ROW EXCLUSIVE MODE")


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Primary keys nobody else will get. On SQLite the surrounding transaction holds the write lock (R28)."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        first = (row[0] if row else 0) + 1
        return list(range(first, first + count))


def insert(model: type[models.Model], columns: Sequence[str], rows: Rows) -> None:
    """Add rows. With "id" among the columns, ids come from `reserve_ids`."""
    if not rows:
        return
    table, names = _names(model, columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # COPY itself refuses tables with row-level security
            source = _staged(cursor, model, columns, rows)
            cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {source}")
            cursor.execute(f"DROP TABLE {source}")
        else:
            _insert(cursor, model, columns, rows)


def upsert(
    model: type[models.Model], columns: Sequence[str], rows: Rows, *, key: Sequence[str], keep: Sequence[str] = ()
) -> None:
    """Add rows, or overwrite those whose `key` is there already, except for their columns in `keep`."""
    if not rows:
        return
    table, names = _names(model, columns)
    changed = [name for name in columns if name not in key and name not in keep]
    sets = ", ".join(f"{_quote(model, name)} = excluded.{_quote(model, name)}" for name in changed)
    on = f"ON CONFLICT ({_list(model, key)}) DO " + (f"UPDATE SET {sets}" if sets else "NOTHING")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            source = _staged(cursor, model, columns, rows)
            cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {source} {on}")
            cursor.execute(f"DROP TABLE {source}")
        else:
            _insert(cursor, model, columns, rows, on)


def update(model: type[models.Model], columns: Sequence[str], rows: Rows, *, key: Sequence[str] = ("id",)) -> None:
    """Overwrite `columns` of the rows found by `key`; each tuple holds the columns, then the key."""
    if not rows:
        return
    table = _quote_name(model._meta.db_table)
    everything = [*columns, *key]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            source = _staged(cursor, model, everything, rows)
            sets = ", ".join(f"{_quote(model, name)} = s.{_quote(model, name)}" for name in columns)
            where = " AND ".join(f"t.{_quote(model, name)} = s.{_quote(model, name)}" for name in key)
            cursor.execute(f"UPDATE {table} t SET {sets} FROM {source} s WHERE {where}")
            cursor.execute(f"DROP TABLE {source}")
        else:
            sets = ", ".join(f"{_quote(model, name)} = %s" for name in columns)
            where = " AND ".join(f"{_quote(model, name)} = %s" for name in key)
            ready = list(zip(*_ready(model, everything, rows), strict=True))
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {where}", ready)


def change(model: type[models.Model], values: Mapping[str, Any], *, where: Mapping[str, Any]) -> None:
    """Set these columns of the rows with those values: plain values and JSON as text, as in `find`."""
    sets, conditions = (", ".join(f"{_quote(model, name)} = %s" for name in values), _conditions(model, where))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {_quote_name(model._meta.db_table)} SET {sets} WHERE {conditions}",
            [*values.values(), *where.values()],
        )


def delete(model: type[models.Model], *, where: Mapping[str, Any], among: tuple[str, Iterable[Any]]) -> None:
    """Remove the rows `find` would find. Nothing that points at them is looked for."""
    condition, sought = _among(model, *among)
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {_quote_name(model._meta.db_table)} WHERE {_conditions(model, where)} AND {condition}",
            [*where.values(), sought],
        )


def protect(model: type[models.Model]) -> None:
    """Let PostgreSQL show this table's rows only to their organization, its owner included (R27)."""
    table = _quote_name(model._meta.db_table)
    setting = "current_setting('buddy.organization', true)"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        cursor.execute(
            f"CREATE POLICY own_organization ON {table}"
            f" USING ({setting} = 'all' OR organization_id = nullif(nullif({setting}, ''), 'all')::bigint)"
        )


def _conditions(model: type[models.Model], where: Mapping[str, Any]) -> str:
    return " AND ".join(f"{_quote(model, name)} = %s" for name in where)


def _among(model: type[models.Model], column: str, values: Iterable[Any]) -> tuple[str, Any]:
    """The condition that the column has one of these values, and its one parameter."""
    if connection.vendor == "postgresql":
        return f"{_quote(model, column)} = ANY(%s)", list(values)
    return f"{_quote(model, column)} IN (SELECT value FROM json_each(%s))", json.dumps(list(values))


def _staged(cursor: Any, model: type[models.Model], columns: Sequence[str], rows: Rows) -> str:
    """The rows in a temporary table of the same types (PostgreSQL)."""
    table, names = _names(model, columns)
    staged = _quote_name(f"staged_{model._meta.db_table}")
    cursor.execute(f"CREATE TEMP TABLE {staged} ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")
    _copy(cursor, f"COPY {staged} ({names}) FROM STDIN", rows)
    return staged


def _copy(cursor: Any, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _insert(cursor: Any, model: type[models.Model], columns: Sequence[str], rows: Rows, on_conflict: str = "") -> None:
    """Many rows in one statement (SQLite), and what is left in a last one: of single rows each would count ids anew.

    A value that all of them have in a column is told once.
    """
    values = dict(zip(columns, _ready(model, columns, rows), strict=True))
    shared = {name: column[0] for name, column in values.items() if name != columns[-1] and _is_one(column)}
    differing = [name for name in columns if name not in shared]
    own = list(zip(*(values[name] for name in differing), strict=True))
    names = _list(model, [*shared, *differing])
    head = f"INSERT INTO {_quote_name(model._meta.db_table)} ({names}) SELECT {'?, ' * len(shared)}"
    whole = len(own) // AT_ONCE * AT_ONCE
    for group, size in ((own[:whole], AT_ONCE), (own[whole:], len(own) - whole)):
        if group:
            marks = _marks(len(group[0]), size)
            told = [[*shared.values(), *chain.from_iterable(some)] for some in batched(group, size)]
            cursor.executemany(f"{head}* FROM (VALUES {marks}) WHERE true {on_conflict}", told)


def _is_one(column: Sequence[Any]) -> bool:
    """Is it the same value from top to bottom?"""
    first = column[0]
    return bool(first == column[-1] and column.count(first) == len(column))


@lru_cache(maxsize=64)
def _marks(columns: int, rows: int) -> str:
    # The driver's own marks: thousands of Django's would have to be found and replaced each time.
    one = f"({', '.join('?' * columns)})"
    return ", ".join([one] * rows)


def _ready(model: type[models.Model], columns: Sequence[str], rows: Rows) -> list[Sequence[Any]]:
    """The columns of these rows, with the values SQLite's driver would not take converted."""
    return [
        _converted(values, convert, nullable=field.null) if (convert := _converter(field)) else values
        for field, values in zip(_fields(model, tuple(columns)), zip(*rows, strict=True), strict=True)
    ]


def _converted(column: tuple[Any, ...], convert: Callable[[Any], Any], *, nullable: bool) -> list[Any]:
    if nullable:  # `None in column` would compare every Decimal with None, which takes longer than all the rest
        return [None if value is None else convert(value) for value in column]
    return list(map(convert, column))


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    if isinstance(field, models.DecimalField):
        return str
    if isinstance(field, models.DateTimeField):
        return _naive_utc
    if isinstance(field, models.DateField):
        return str
    return None


@lru_cache(maxsize=1024)
def _naive_utc(value: datetime) -> str:
    """A moment as Django stores it in SQLite."""
    return str(value.astimezone(UTC).replace(tzinfo=None))


@cache
def _fields(model: type[models.Model], attnames: tuple[str, ...]) -> list[models.Field[Any, Any]]:
    return [_field(model, name) for name in attnames]


@cache
def _field(model: type[models.Model], attname: str) -> models.Field[Any, Any]:
    return next(field for field in model._meta.concrete_fields if field.attname == attname)


def _quote(model: type[models.Model], attname: str) -> str:
    return _quote_name(str(_field(model, attname).column))


def _quote_name(name: str) -> str:
    return connection.ops.quote_name(name)


def _list(model: type[models.Model], columns: Sequence[str]) -> str:
    return ", ".join(_quote(model, name) for name in columns)


def _names(model: type[models.Model], columns: Sequence[str]) -> tuple[str, str]:
    return _quote_name(model._meta.db_table), _list(model, columns)
