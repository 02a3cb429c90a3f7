"""Making trouble for the program that is connected, moving the clock, and watching its last calls."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from simulator.clock import PACIFIC
from simulator.console.shell import company, console, simulator
from simulator.console.wording import exact
from simulator.faults import Planned

if TYPE_CHECKING:
    from simulator.app import Call

SHOWN_CALLS = 8
DAYS_AT_MOST = 400


@dataclass(frozen=True, slots=True)
class Trouble:
    """One switch: a fault of `simulator.faults`, how it is planned, and what it means to a person."""

    name: str
    title: str
    tells: str
    plan: dict[str, Any]


TROUBLES = (
    Trouble(
        "lose_reply", "Lose the next answer", "Saves the record, then says nothing", {"method": "POST", "times": 1}
    ),
    Trouble("throttle", "Too many calls", "Refuses every call while it is on", {"times": None}),
    Trouble("delay", "Slow", "Each answer takes 5 seconds", {"times": None, "seconds": 5}),
    Trouble("no_webhooks", "Keep notices back", "Buddy must find changes itself", {}),
)


@dataclass(frozen=True, slots=True)
class Switch:
    """A trouble as the page shows it."""

    name: str
    title: str
    tells: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class ToldCall:
    """One call as a person reads it."""

    time: str
    text: str
    answer: str
    fine: bool


@console.context_processor
def beside_the_lists() -> dict[str, Any]:
    return {"troubles": switches, "last_calls": last_calls, "here": lambda: request.full_path, "clock_says": _now}


@console.post("/trouble/<name>")
def switch_trouble(name: str) -> AnyResponse:
    trouble = next((each for each in TROUBLES if each.name == name), None)
    if trouble is None:
        abort(404)
    planned = _planned(name)
    for each in planned:
        simulator().faults.remove(each.id)
    if not planned:
        simulator().faults.add(name, path=_calls_of_company(), **trouble.plan)
    return _back(f"“{trouble.title}” is {'off' if planned else 'on'}.")


@console.post("/revoke")
def revoke() -> AnyResponse:
    simulator().revoke(company().realm)
    return _back("The permission is revoked: nobody may work with this company until it is connected again.")


@console.post("/expire")
def expire() -> AnyResponse:
    simulator().expire_access(company().realm)
    return _back("The hourly pass has run out. Buddy fetches a new one by itself.")


@console.post("/clock")
def next_day() -> AnyResponse:
    text = request.form.get("days", "1").strip()
    days = int(text) if text.isdigit() else 0
    if not 1 <= days <= DAYS_AT_MOST:
        return _back(f"The clock moves by 1 to {DAYS_AT_MOST} days, and only forward.")
    simulator().now += timedelta(days=days)
    return _back(f"The clock here says {exact(simulator().now)} now.")


def switches() -> list[Switch]:
    return [Switch(each.name, each.title, each.tells, is_on=bool(_planned(each.name))) for each in TROUBLES]


def last_calls() -> list[ToldCall]:
    """The newest calls about this company."""
    newest = reversed(list(simulator().calls))
    return [_told(call) for call in islice((call for call in newest if call.realm == company().realm), SHOWN_CALLS)]


def _told(call: "Call") -> ToldCall:
    local = call.at.astimezone(PACIFIC)
    fine = 200 <= call.status < 300
    return ToldCall(f"{local:%H:%M:%S}", in_words(call.method, call.path), str(call.status or "no answer"), fine)


def in_words(method: str, path: str) -> str:
    """`/v3/company/9341/invoice/12` as `read invoice 12`."""
    parts = path.partition("/v3/company/")[2].split("?")[0].split("/")[1:]
    if not parts:
        return path
    if parts[0] in {"query", "cdc", "batch"}:
        return {"query": "query", "cdc": "changes", "batch": "batch of writes"}[parts[0]]
    verb = "read" if method == "GET" else "write"
    return " ".join((verb, *parts))


def _planned(name: str) -> list[Planned]:
    return [each for each in simulator().faults.planned if each.name == name and each.path == _calls_of_company()]


def _calls_of_company() -> str:
    return f"/v3/company/{company().realm}/*"


def _now() -> datetime:
    return simulator().now


def _back(message: str) -> AnyResponse:
    """To the page the button stood on; never to another site."""
    back = request.form.get("back", "")
    stays = back.startswith(f"/console/{company().realm}/")
    flash(message)
    return redirect(back if stays else url_for("console.company_tab"), 303)
