"""`make demo` starts, stops cleanly, and goes on where it was."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.timeout(240)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    ours = {"DEMO_DATA": str(tmp_path), "DEMO_PORT": str(free_port()), "DEMO_QUICKBOOKS_PORT": str(free_port())}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("BUDDY_", "DATABASE_URL"))}
    return inherited | ours | {"DJANGO_SETTINGS_MODULE": "buddy.settings"}


@contextmanager
def demo(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """The running demo: what it printed by name. Leaving the block presses Ctrl-C."""
    with subprocess.Popen(
        [sys.executable, "demo.py"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C stops" in line:
                break
        printed = re.search(
            r"Buddy +(?P<buddy>\S+)\s+sign in as (?P<email>\S+) with the password (?P<password>\S+)\s+"
            r"QuickBooks +(?P<books>\S+)",
            said,
        )
        assert printed, said
        children = psutil.Process(process.pid).children(recursive=True)
        try:
            yield printed.groupdict()
        finally:
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
        assert process.wait(60) == 0, rest
        assert "Stopped." in rest
        assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []


def page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return str(answer.read().decode())


def test_the_demo_starts_and_stops_and_starts_again_with_the_same_sign_in(environment: dict[str, str]) -> None:
    with demo(environment) as first:
        assert "password" in page(first["buddy"])
        assert "Larkspur" in page(first["books"])
    with demo(environment) as second:
        assert second == first
        assert "password" in page(second["buddy"])


def test_a_taken_port_is_said_in_words(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environment["DEMO_PORT"])))
        taken.listen()
        ended = subprocess.run(
            [sys.executable, "demo.py"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert ended.returncode == 1
    assert f"Port {environment['DEMO_PORT']} is taken" in ended.stderr
    assert "DEMO_PORT=" in ended.stderr
