"""`make check-coverage`: take away the function behind each claim, and see its tests fail.

Every named test has to pass as it is and to fail, in its own body, without the function it is said to hold. One that
passes then proves nothing: it is printed, and the exit code is 1. Two processes share the claims, and a third has those
that only PostgreSQL can show. Arguments narrow it to some lines: `python -m tests.coverage.check R6 M15`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from tests.coverage.claims import ROOT
from tests.coverage.without import chosen

SHARES = (("sqlite", "0/2"), ("sqlite", "1/2"), ("postgresql", "0/1"))
PATIENCE = 1200  # seconds for all of it


def main(names: Sequence[str]) -> int:
    began = time.monotonic()
    tried = sum(len(chosen(names, store)) for store in ("sqlite", "postgresql"))
    processes = [_start(names, store, share) for store, share in SHARES if chosen(names, store, share)]
    try:
        codes = [process.wait(max(1.0, began + PATIENCE - time.monotonic())) for process in processes]
    finally:
        for process in processes:
            process.kill()
    failed = any(codes) or not tried
    print(f"{tried} claims in {time.monotonic() - began:.0f} s: {'see above' if failed else 'each is noticed'}")
    return int(failed)


def _start(names: Sequence[str], store: str, share: str) -> subprocess.Popen[bytes]:
    tests = sorted({test for claim in chosen(names, store, share) for test in claim.tests})
    command = [sys.executable, "-m", "pytest", "-p", "tests.coverage.without", "-q"]
    command += ["-p", "no:cacheprovider", "--timeout", "60", "--of", ",".join(names), "--share", share, *tests]
    database = {"BUDDY_TEST_DATABASE": "postgres"} if store == "postgresql" else {}
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **database})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
