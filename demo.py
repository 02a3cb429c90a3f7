"""The demo: Buddy's web and worker, and the simulator as its QuickBooks, as three child processes of this one.

It imports neither. Both keep their state in demo-data/, so stopping and starting again loses nothing: not the secret
keys, not the tokens, not the books. Buddy is configured by its environment as in any other installation.
"""

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
DATA = Path(os.environ.get("DEMO_DATA", ROOT / "demo-data")).resolve()
LOGS = DATA / "logs"
PORT = int(os.environ.get("DEMO_PORT", "8000"))
QUICKBOOKS_PORT = int(os.environ.get("DEMO_QUICKBOOKS_PORT", "8001"))
BUDDY = f"http://localhost:{PORT}"
QUICKBOOKS = f"http://localhost:{QUICKBOOKS_PORT}"
CALLBACK = f"{BUDDY}/integrations/quickbooks/callback"
WEBHOOK = f"{BUDDY}/webhooks/quickbooks"
ORGANIZATION = "Larkspur Fine Foods"
EMAIL = "june@larkspur.example"
CLIENT_ID = "buddy-demo"


class Stopped(Exception):
    """Something did not start; the message says what, and what to do."""


@dataclass(frozen=True)
class Secrets:
    """Made on the first start and kept, as an owner would keep them."""

    buddy_key: str
    client_secret: str
    webhook_verifier: str
    password: str

    @classmethod
    def kept(cls) -> "Secrets":
        path = DATA / "secrets.json"
        if not path.exists():
            key, client_secret, verifier = (secrets.token_urlsafe(32) for _ in range(3))
            new = cls(key, client_secret, verifier, password=f"demo-{secrets.token_hex(4)}")
            path.touch(mode=0o600)
            path.write_text(json.dumps(vars(new)))
        return cls(**json.loads(path.read_text()))


def main() -> int:
    options = argparse.ArgumentParser(description="Run Buddy beside a simulated QuickBooks.")
    options.add_argument("--reset", action="store_true", help="forget everything and start over")
    if options.parse_args().reset:
        reset()
    DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
    LOGS.mkdir(exist_ok=True)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        start(Secrets.kept(), children, stop)
        while not stop.wait(0.5):
            for name, child in children.items():
                if child.poll() is not None:
                    raise Stopped(f"{name} ended by itself.\n{last_lines(name)}")
    except Stopped as reason:
        if not stop.is_set():
            print(f"\n{reason}", file=sys.stderr)
            return 1
    finally:
        end(children)
    print("\nStopped. `make demo` goes on from here; `make demo RESET=1` starts over.")
    return 0


def reset() -> None:
    """Only what the demo put there: DEMO_DATA may be a folder that holds other things."""
    for folder in (DATA / "buddy", LOGS):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (DATA / "quickbooks.state", DATA / "secrets.json"):
        file.unlink(missing_ok=True)


def start(kept: Secrets, children: dict[str, subprocess.Popen[bytes]], stop: threading.Event) -> None:
    for port, variable in ((PORT, "DEMO_PORT"), (QUICKBOOKS_PORT, "DEMO_QUICKBOOKS_PORT")):
        require_free(port, variable)
    environment = buddy_environment(kept)
    print("Preparing the database …", flush=True)
    finish("migrate", manage("migrate", "--no-input"), environment)
    admin = ("--name", ORGANIZATION, "--person", "June Lindqvist", "--email", EMAIL, "--password", kept.password)
    finish("organization", manage("create_organization", *admin), environment)

    print("Starting QuickBooks, web and worker …", flush=True)
    children["quickbooks"] = launch("quickbooks", simulator(kept), {**os.environ})
    until_answering("quickbooks", f"{QUICKBOOKS}/.well-known/openid_configuration/", children, stop)
    children["web"] = launch("web", web(), environment)
    children["worker"] = launch("worker", manage("worker"), environment)
    until_answering("web", f"{BUDDY}/", children, stop)
    print(
        f"""
  Buddy        {BUDDY}
               sign in as {EMAIL} with the password {kept.password}
  QuickBooks   {QUICKBOOKS}/console/
               a simulated company: here you are its bookkeeper

  Begin in Buddy: Settings, Integrations, Connect QuickBooks.
  Logs are in {LOGS}. Ctrl-C stops; `make demo` goes on where it was.
""",
        flush=True,
    )


# --- The three programs -----------------------------------------------------------------------------------------------


def buddy_environment(kept: Secrets) -> dict[str, str]:
    return {
        **os.environ,
        "BUDDY_DATA": str(DATA / "buddy"),
        "BUDDY_URL": BUDDY,
        "BUDDY_SECRET_KEYS": kept.buddy_key,
        "INTUIT_ENVIRONMENT": "sandbox",
        "INTUIT_CLIENT_ID": CLIENT_ID,
        "INTUIT_CLIENT_SECRET": kept.client_secret,
        "INTUIT_WEBHOOK_VERIFIER": kept.webhook_verifier,
        "INTUIT_DISCOVERY_URL": f"{QUICKBOOKS}/.well-known/openid_configuration/",
        "QUICKBOOKS_API_URL": QUICKBOOKS,
        "QUICKBOOKS_APP_URL": f"{QUICKBOOKS}/app",
    }


def manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def web() -> list[str]:
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(PORT), "--blocking-threads", "4", "--no-ws"]
    return [sys.executable, "-m", "granian", *options, "buddy.wsgi:application"]


def simulator(kept: Secrets) -> list[str]:
    options = {
        "--port": str(QUICKBOOKS_PORT),
        "--base-url": QUICKBOOKS,
        "--client-id": CLIENT_ID,
        "--client-secret": kept.client_secret,
        "--redirect-uri": CALLBACK,
        "--app-url": BUDDY,
        "--webhook-url": WEBHOOK,
        "--webhook-verifier": kept.webhook_verifier,
        "--state": str(DATA / "quickbooks.state"),
        "--size": "demo",
    }
    return [sys.executable, "-m", "simulator", *(word for pair in options.items() for word in pair)]


# --- Starting and ending ----------------------------------------------------------------------------------------------


def require_free(port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Stopped(f"Port {port} is taken. Free it, or choose another with {variable}=…") from None


def launch(name: str, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A session of its own, so that Ctrl-C reaches only us and the children end in order."""
    with (LOGS / f"{name}.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603, our own programs
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )


def finish(name: str, command: list[str], environment: dict[str, str]) -> None:
    if launch(name, command, environment).wait():
        raise Stopped(f"{name} failed.\n{last_lines(name)}")


def until_answering(
    name: str, url: str, children: dict[str, subprocess.Popen[bytes]], stop: threading.Event, *, seconds: float = 90
) -> None:
    deadline = time.monotonic() + seconds
    while not answers(url):
        if children[name].poll() is not None or time.monotonic() > deadline:
            raise Stopped(f"{name} did not start.\n{last_lines(name)}")
        if stop.wait(0.1):
            raise Stopped("stopped while starting")


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=10).close()  # noqa: S310, our own child on this machine
    except urllib.error.HTTPError as answer:
        return answer.code < 500
    except OSError:
        return False
    return True


def last_lines(name: str, count: int = 15) -> str:
    path = LOGS / f"{name}.log"
    lines = path.read_text(errors="replace").splitlines()[-count:] if path.exists() else []
    return "\n".join([*(f"  {line}" for line in lines), f"  (from {path})"])


def end(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """The worker first, while QuickBooks still answers it; QuickBooks last."""
    for name in ("worker", "web", "quickbooks"):
        child = children.get(name)
        if child is None:
            continue
        child.terminate()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


if __name__ == "__main__":
    sys.exit(main())
