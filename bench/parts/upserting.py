"""The floor: the rows a first sync left behind, upserted again into an empty database by nothing but the driver."""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time

from bench.parts import Figures, set_up

CHUNK = 1000
TABLES = (
    "hub_paymentterm",
    "hub_product",
    "hub_customer",
    "hub_matchkey",
    "hub_invoice",
    "hub_invoiceline",
    "hub_payment",
    "hub_application",
    "sync_remote",
    "sync_remotekey",
    "sync_link",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows-of", type=Path, required=True, help="the database to copy")
    source = sqlite3.connect(parser.parse_args().rows_of)
    set_up()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    connection.ensure_connection()
    target = connection.connection
    target.execute("PRAGMA foreign_keys = OFF")  # the organization itself is not copied
    figures = Figures()
    for table in TABLES:
        _, names = _columns(source, table)
        for rows in _chunks(source, table, names):
            cpu, wall = process_time(), perf_counter()
            _upsert(target, table, names, rows)
            took = process_time() - cpu, perf_counter() - wall
            figures.cpu, figures.wall = figures.cpu + took[0], figures.wall + took[1]
            figures.more[table] = round(figures.more.get(table, 0.0) + took[0], 3)
    figures.tell()


def _columns(source: sqlite3.Connection, table: str) -> tuple[str, list[str]]:
    names = [row[1] for row in source.execute(f"PRAGMA table_info({table})")]
    return table, names


def _chunks(source: sqlite3.Connection, table: str, names: list[str]) -> Iterator[list[tuple[object, ...]]]:
    cursor = source.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY id")  # noqa: S608 names of our tables
    while rows := cursor.fetchmany(CHUNK):
        yield rows


def _upsert(target: sqlite3.Connection, table: str, names: list[str], rows: list[tuple[object, ...]]) -> None:
    marks = ", ".join("?" * len(names))
    sets = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    target.execute("BEGIN IMMEDIATE")
    target.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {sets}",  # noqa: S608
        rows,
    )
    target.execute("COMMIT")


if __name__ == "__main__":
    main()
