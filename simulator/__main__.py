"""`python -m simulator`: serve a simulated QuickBooks on this machine."""

import argparse
import logging
import secrets
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any

from simulator.app import Simulator
from simulator.choices import Choices
from simulator.demo_company import QUAYSIDE, quayside
from simulator.keeper import Keeper
from simulator.oauth import ROTATIONS
from simulator.seeding import seed
from simulator.server import Server


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; the state file, if any, is read at the start and written at the end."""
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    server = Server(options.host, options.port)
    sim = _simulator(options, options.base_url or f"http://{options.host}:{server.server_port}")
    server.app = sim
    keeper = Keeper(lambda: sim.save(options.state)) if options.state else None
    if keeper:
        sim.changed = keeper.changed
        keeper.changed()
    sim.webhooks.run()
    Thread(target=server.serve_forever, name="server", daemon=True).start()
    _announce(sim)
    _wait_for_signal()
    server.shutdown()
    sim.close()
    if keeper:
        keeper.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator", description="A simulated QuickBooks Online.")
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=8090, help="0 takes a free one")
    add("--base-url", default="", help="how clients reach it, when not http://HOST:PORT")
    add("--client-id", default="buddy-demo")
    add("--client-secret", default="", help="drawn and printed when not given")
    add("--redirect-uri", action="append", default=[], help="a registered redirect address; any when never given")
    add("--rotation", choices=ROTATIONS, default="sticky", help="of refresh tokens")
    add("--state", type=Path, help="file that keeps everything over restarts")
    add("--size", default="demo", help="demo, empty, or a number of customers and invoices")
    add("--app-name", default="Buddy", help="what the pages call the connected app")
    add("--app-url", default="", help="where the pages lead back to")
    add("--webhook-url", default="")
    add("--webhook-verifier", default="")
    add("--legacy-webhooks", action="store_true", help="the format retired in 2026")
    add("--no-throttle", action="store_true", help="no limits of calls")
    add("--reads-per-month", type=int, help="stop metered reads beyond this number")
    add("--switch", action="append", default=[], metavar="NAME=VALUE", help="see simulator/choices.py")
    return parser


def _simulator(options: argparse.Namespace, base_url: str) -> Simulator:
    settings: dict[str, Any] = {
        "client_id": options.client_id,
        "client_secret": options.client_secret or secrets.token_urlsafe(24),
        "base_url": base_url,
        "rotation": options.rotation,
        "throttle": not options.no_throttle,
        "redirect_uris": options.redirect_uri,
        "app_name": options.app_name,
        "app_url": options.app_url,
        "webhook_url": options.webhook_url,
        "webhook_verifier": options.webhook_verifier,
        "legacy_webhooks": options.legacy_webhooks,
        "reads_per_month": options.reads_per_month,
    }
    if options.state and options.state.exists():
        sim = Simulator.load(options.state, **settings)
    else:
        sim = Simulator(**settings, choices=Choices())
        _fill(sim, options.size)
    for pair in options.switch:
        name, _, value = pair.partition("=")
        sim.choices.change(name, value)
    return sim


def _fill(sim: Simulator, size: str) -> None:
    """The companies of a first start."""
    if size == "demo":
        sim.add_company(demo=True, realm="9341450000000001")
        quayside(sim.add_company(QUAYSIDE, realm="9341450000000002"), now=sim.now)
        return
    company = sim.add_company(realm="9341450000000001")
    if size != "empty":
        seed(company, int(size))


def _announce(sim: Simulator) -> None:
    sys.stdout.write(
        f"Simulated QuickBooks at {sim.base_url}\n"
        f"  discovery  {sim.base_url}/.well-known/openid_configuration/\n"
        f"  client id  {sim.oauth.client_id}\n"
        f"  secret     {sim.oauth.client_secret}\n"
    )
    for company in sim.companies.values():
        sys.stdout.write(f"  company    {company.realm}  {company.name}  {sim.base_url}/console/{company.realm}/\n")
    sys.stdout.flush()


def _wait_for_signal() -> None:
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(timeout=60):
        pass


if __name__ == "__main__":
    sys.exit(main())
