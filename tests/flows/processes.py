"""Buddy's web and worker and a QuickBooks beside them, as processes: started by hand here, ended by their own pid."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.flows.books import Books
from tests.flows.person import PASSWORD

ROOT = Path(__file__).parents[2]
CLIENT_ID = "buddy-flows"
SECRET = "only-for-the-flow-tests-" + "0" * 16
PATIENCE = 60.0  # seconds until a program must answer; this machine may be busy


@dataclass
class Program:
    """One process, whose output goes to a file."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=output, stderr=output, start_new_session=True
            )

    def finish(self, given: bytes = b"") -> None:
        """Run to the end, which must be a good one."""
        ended = subprocess.run(
            self.command, cwd=ROOT, env=self.environment, input=given, capture_output=True, timeout=120, check=False
        )
        assert ended.returncode == 0, f"{self.name}: {ended.stderr.decode()[-3000:]}"

    def until_answering(self, url: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not answers(url):
            assert self.running, f"{self.name} ended by itself:\n{self.said()}"
            assert time.monotonic() < deadline, f"{self.name} does not answer:\n{self.said()}"
            time.sleep(0.05)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def end(self, *, within: float = 30.0) -> None:
        """Ask it to stop, and wait until it has."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """As a power cut would: it gets no word."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def said(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=10).close()
    except urllib.error.HTTPError as answer:
        return answer.code < 500
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Stack:
    """One installation of Buddy on a database of its own, and the QuickBooks it is set up for."""

    folder: Path
    database_url: str = ""
    size: str = "empty"
    web_port: int = field(default_factory=free_port)
    books_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.environment = self._environment()
        self.books = Books(self.books_url)
        self.quickbooks = self.program("quickbooks", "-m", "simulator", *self._simulator_options())
        self.web = self.program(
            "web", "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.web_port),
            "--blocking-threads", "4", "--no-ws", "buddy.wsgi:application",
        )  # fmt: skip
        self.worker = self.program("worker", "manage.py", "worker")

    @property
    def url(self) -> str:
        return f"http://localhost:{self.web_port}"

    @property
    def books_url(self) -> str:
        return f"http://localhost:{self.books_port}"

    def program(self, name: str, *words: str) -> Program:
        return Program(name, [sys.executable, *words], self.environment, self.folder / f"{name}.log")

    def start(self) -> None:
        self.quickbooks.start()
        self.program("migrate", "manage.py", "migrate", "--no-input").finish()
        self.web.start()
        self.worker.start()
        self.quickbooks.until_answering(f"{self.books_url}/.well-known/openid_configuration/")
        self.web.until_answering(self.url)

    def prepare(
        self,
        email: str = "june@larkspur.example",
        *,
        customers: Sequence[Mapping[str, Any]] = (),
        products: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """One more organization, with these in it and an admin of this address."""
        asked = {
            "name": "Larkspur Fine Foods",
            "person": "June Lindqvist",
            "email": email,
            "password": PASSWORD,
            "customers": customers,
            "products": products,
        }
        self.program("prepare", "-m", "tests.flows.prepare").finish(json.dumps(asked).encode())

    def another_worker(self) -> None:
        """A new process in the place of one that is gone."""
        assert not self.worker.running
        self.worker.start()

    def end(self) -> None:
        for program in (self.worker, self.web, self.quickbooks):
            program.end()
        self.books.close()

    def _environment(self) -> dict[str, str]:
        ours = ("BUDDY_", "INTUIT_", "QUICKBOOKS_", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "EMAIL_URL")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return inherited | {
            "DJANGO_SETTINGS_MODULE": "buddy.settings",
            "DATABASE_URL": self.database_url,
            "BUDDY_DATA": str(self.folder / "data"),
            "BUDDY_URL": self.url,
            "BUDDY_SECRET_KEYS": SECRET,
            "BUDDY_SYNC_INTERVAL": "10",
            "BUDDY_SYNC_LEASE": "6",
            "INTUIT_ENVIRONMENT": "sandbox",
            "INTUIT_CLIENT_ID": CLIENT_ID,
            "INTUIT_CLIENT_SECRET": SECRET,
            "INTUIT_WEBHOOK_VERIFIER": SECRET,
            "INTUIT_DISCOVERY_URL": f"{self.books_url}/.well-known/openid_configuration/",
            "QUICKBOOKS_API_URL": self.books_url,
            "QUICKBOOKS_APP_URL": f"{self.books_url}/app",
            "EMAIL_URL": "consolemail://",
        }

    def _simulator_options(self) -> list[str]:
        options = {
            "--port": str(self.books_port),
            "--base-url": self.books_url,
            "--client-id": CLIENT_ID,
            "--client-secret": SECRET,
            "--redirect-uri": f"{self.url}/integrations/quickbooks/callback",
            "--app-url": self.url,
            "--webhook-url": f"{self.url}/webhooks/quickbooks",
            "--webhook-verifier": SECRET,
            "--size": self.size,
        }
        return [word for pair in options.items() for word in pair]


@contextmanager
def running(folder: Path, *, size: str = "empty") -> Iterator[Stack]:
    """A stack on the store the tests run on: SQLite, or a new database of the PostgreSQL in DATABASE_URL."""
    folder.mkdir(parents=True, exist_ok=True)
    stack = Stack(folder, new_database(), size)
    try:
        stack.start()
        yield stack
    finally:
        stack.end()


def new_database() -> str:
    server = os.environ.get("DATABASE_URL", "")
    if not server:
        return ""
    name = f"flows_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
        host = connection.info.host
    before, _, options = server.partition("?")
    assert host
    return f"{before.rpartition('/')[0]}/{name}" + (f"?{options}" if options else "")
