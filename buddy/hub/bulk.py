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
    column, values = among
    table, names = _names(model, columns)
    conditions = " AND ".join(f"{_quote(model, name)} = %s" for name in where)
    postgres = connection.vendor == "postgresql"
    listed = "= ANY(%s)" if postgres else "IN (SELECT value FROM json_each(%s))"
    sought = list(values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {names} FROM {table} WHERE {conditions} AND {_quote(model, column)} {listed}",
            [*where.values(), sought if postgres else json.dumps(sought)],
        )
        return cursor.fetchall()


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
            _values(cursor, f"INSERT INTO {table} ({names}) VALUES", _ready(model, columns, rows))


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
            _values(cursor, f"INSERT INTO {table} ({names}) VALUES", _ready(model, columns, rows), on)


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
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {where}", _ready(model, everything, rows))


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


def _staged(cursor: Any, model: type[models.Model], columns: Sequence[str], rows: Rows) -> str:
    """The rows in a temporary table of the same types (PostgreSQL)."""
    table, names = _names(model, columns)
    staged = _quote_name(f"staged_{model._meta.db_table}")
    cursor.execute(f"CREATE TEMP TABLE {staged} ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")
    _copy(cursor, f"COPY {staged} ({names}) FROM STDIN", _ready(model, columns, rows))
    return staged


def _copy(cursor: Any, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _values(cursor: Any, head: str, rows: Rows, tail: str = "") -> None:
    """Many rows in one statement (SQLite), and what is left in a last one: of single rows each would count ids anew."""
    whole = len(rows) // AT_ONCE * AT_ONCE
    for group, size in ((rows[:whole], AT_ONCE), (rows[whole:], len(rows) - whole)):
        if group:
            values = [list(chain.from_iterable(some)) for some in batched(group, size)]
            cursor.executemany(f"{head} {_marks(len(group[0]), size)} {tail}", values)


@lru_cache(maxsize=64)
def _marks(columns: int, rows: int) -> str:
    # The driver's own marks: thousands of Django's would have to be found and replaced each time.
    one = f"({', '.join('?' * columns)})"
    return ", ".join([one] * rows)


def _ready(model: type[models.Model], columns: Sequence[str], rows: Rows) -> Rows:
    """The rows with the values the driver would not take converted, column by column."""
    fields = [_field(model, name) for name in columns]
    converters = [_converter(field) for field in fields]
    if not any(converters):
        return rows
    by_column = list(zip(*rows, strict=True))
    for position, (field, convert) in enumerate(zip(fields, converters, strict=True)):
        if convert:
            by_column[position] = tuple(_converted(by_column[position], convert, nullable=field.null))
    return list(zip(*by_column, strict=True))


def _converted(column: tuple[Any, ...], convert: Callable[[Any], Any], *, nullable: bool) -> Iterable[Any]:
    if nullable:  # `None in column` would compare every Decimal with None, which takes longer than all the rest
        return [None if value is None else convert(value) for value in column]
    return map(convert, column)


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    if connection.vendor == "postgresql":
        return None
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
