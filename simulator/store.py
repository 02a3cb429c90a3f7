"""The state as a file: everything that must hold after a restart, written whole and atomically, read back whole."""

import base64
import os
import tempfile
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from simulator.books import Books, Change, Record, Stub
from simulator.company import Company
from simulator.oauth import AuthorizationServer, Code, Grant
from simulator.rendering import decode, encode
from simulator.replays import Replay
from simulator.rules import RULES
from simulator.rules.settling import key_of
from simulator.schema import ENTITIES
from simulator.webhooks import Delivery, Notice, Webhooks

if TYPE_CHECKING:
    from simulator.app import Simulator

FORMAT = 2


class NotAState(Exception):
    """The file is not a state this version of the simulator can read."""


def write(path: Path, sim: "Simulator") -> None:
    """The whole state into `path`: a reader sees the old file or the new one, never half of it."""
    raw = encode(dump(sim))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)


def read(path: Path) -> dict[str, Any]:
    state = decode(path.read_bytes())
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise NotAState(f"{path} is not a state file of this simulator (format {FORMAT})")
    return state


def dump(sim: "Simulator") -> dict[str, Any]:
    return {
        "format": FORMAT,
        "clock": sim.clock.offset.total_seconds(),
        "choices": asdict(sim.choices),
        "oauth": _dump_oauth(sim.oauth),
        "reads": [[realm, month, count] for (realm, month), count in list(sim.meter.counts.items())],
        "faults": [planned.told() for planned in sim.faults.planned],
        "webhooks": _dump_webhooks(sim.webhooks),
        "companies": [_dump_company(company) for company in list(sim.companies.values())],
    }


def restore(state: dict[str, Any], sim: "Simulator") -> None:
    """Fill a fresh simulator from what `dump` wrote."""
    sim.clock.offset = timedelta(seconds=float(state["clock"]))
    for name, value in state["choices"].items():
        setattr(sim.choices, name, value)
    _restore_oauth(state["oauth"], sim.oauth)
    for realm, month, count in state["reads"]:
        sim.meter.counts[realm, month] = count
    sim.faults.restore(state["faults"])
    _restore_webhooks(state["webhooks"], sim.webhooks)
    for told in state["companies"]:
        company = Company(
            told["name"],
            told["realm"],
            sim.clock,
            choices=sim.choices,
            zone=ZoneInfo(told["zone"]),
            on_changes=sim.on_changes,
        )
        _restore_company(told, company)
        sim.companies[company.realm] = company


def _dump_oauth(oauth: AuthorizationServer) -> dict[str, Any]:
    with oauth.lock:
        return {
            "key": oauth.signer.pem,
            "codes": {code: _timed(_slots(each)) for code, each in oauth.codes.items()},
            "grants": [_timed(_slots(grant)) | {"access": _timed(grant.access)} for grant in oauth.grants.values()],
        }


def _restore_oauth(told: dict[str, Any], oauth: AuthorizationServer) -> None:
    oauth.signer = type(oauth.signer)(told["key"])
    oauth.codes = {code: Code(**_untimed(each, "expires")) for code, each in told["codes"].items()}
    for each in told["grants"]:
        access = {token: datetime.fromisoformat(until) for token, until in each["access"].items()}
        times = ("created", "refresh_issued", "refresh_used", "previous_until")
        oauth.grants[each["realm"]] = Grant(**_untimed(each, *times) | {"access": access})


def _dump_webhooks(webhooks: Webhooks) -> dict[str, Any]:
    return {
        "notices": [[each.realm, each.id, _timed(_slots(each.change))] for each in list(webhooks.notices)],
        "deliveries": [
            [base64.b64encode(each.body).decode(), each.attempts, each.not_before and each.not_before.isoformat()]
            for each in list(webhooks.deliveries)
        ],
    }


def _restore_webhooks(told: dict[str, Any], webhooks: Webhooks) -> None:
    webhooks.notices = [Notice(realm, Change(**_untimed(change, "at")), id) for realm, id, change in told["notices"]]
    webhooks.deliveries = [
        Delivery(base64.b64decode(body), attempts, not_before and datetime.fromisoformat(not_before))
        for body, attempts, not_before in told["deliveries"]
    ]


def _slots(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def _timed(values: dict[str, Any]) -> dict[str, Any]:
    return {name: each.isoformat() if isinstance(each, datetime) else each for name, each in values.items()}


def _untimed(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(each) if name in names and each is not None else each
        for name, each in values.items()
    }


def _dump_company(company: Company) -> msgspec.Raw:
    """Encoded while the lock is held, so that all of it is of one moment."""
    with company.lock:
        books = company.books
        told = {
            "name": company.name,
            "realm": company.realm,
            "zone": books.zone.key,
            "user": company.user,
            "subscription": books.subscription,
            "sequences": dict(books.sequences),
            "numbers": {sequence: numbers.last for sequence, numbers in books.numbers.items()},
            "mails": dict(books.mails),
            "rates": [[currency, day, value] for (currency, day), value in books.rates.items()],
            "changes": books.changes,
            "records": [_dump_record(record) for table in books.tables.values() for record in table.records.values()],
            "stubs": [
                [name, stub.id, stub.updated.isoformat(), stub.change]
                for name, table in books.tables.items()
                for stub in table.stubs.values()
            ],
            "replays": [
                [
                    id,
                    each.status,
                    base64.b64encode(each.body).decode(),
                    each.content_type,
                    each.at.isoformat(),
                    each.asked,
                ]
                for id, each in company.replays.kept.items()
            ],
        }
        return msgspec.Raw(encode(told))


def _dump_record(record: Record) -> list[Any]:
    return [
        record.entity.name, record.id, record.token, record.created.isoformat(), record.updated.isoformat(),
        record.change, record.by, record.last_line, record.body,
    ]  # fmt: skip


def _restore_company(told: dict[str, Any], company: Company) -> None:
    books = company.books
    for table in books.tables.values():
        table.records.clear()
        table.names.clear()
    books.numbers.clear()
    books.subscription = told["subscription"]
    for sequence, last in told["numbers"].items():
        books.numbers[sequence].last = last
    books.mails.update(told["mails"])
    books.rates = {(currency, day): Decimal(value) for currency, day, value in told["rates"]}
    books.sequences, books.changes = dict(told["sequences"]), told["changes"]
    company.user = told["user"]
    for each in told["records"]:
        _restore_record(books, each)
    for name, id, updated, change in told["stubs"]:
        books.tables[name].stubs[id] = Stub(id, datetime.fromisoformat(updated), change)
    for id, status, body, content_type, at, asked in told["replays"]:
        kept = Replay(status, base64.b64decode(body), content_type, datetime.fromisoformat(at), asked)
        company.replays.kept[id] = kept
    _relink(books)


def _restore_record(books: Books, told: list[Any]) -> None:
    entity, id, token, created, updated, change, by, last_line, body = told
    times = datetime.fromisoformat(created), datetime.fromisoformat(updated)
    books.tables[entity].records[id] = Record(ENTITIES[entity], id, body, *times, token, change, by, last_line)


def _relink(books: Books) -> None:
    """The indexes, from the records: names, numbers, sub-customers, applications."""
    for table_name, table in books.tables.items():
        rules = RULES[table_name]
        for record in table.records.values():
            if hasattr(rules, "name_key") and record.active:
                table.names[rules.name_key(record.body)] = record.id
            if record.entity.sales and "DocNumber" in record.body:
                books.numbers[record.entity.sequence].holders.setdefault(record.body["DocNumber"], record.key)
            if table_name == "Customer" and "ParentRef" in record.body:
                books.children[record.body["ParentRef"]["value"]].append(record.id)
    for payment in books.tables["Payment"].records.values():
        for line in payment.body["Line"]:
            books.applied[key_of(line)][payment.id] = Decimal(line["Amount"])
