"""`make check-coverage`: take away the function behind each claim, and see its tests fail.

Every named test has to pass as it is and to fail, in its own body, without the function it is said to hold. One that
passes then proves nothing: it is printed, and the exit code is 1. Two processes share the claims. Arguments narrow it
to some lines: `python -m tests.coverage.check R6 M15`.
"""

import subprocess
import sys
import time
from collections.abc import Sequence

from tests.coverage.claims import ROOT
from tests.coverage.without import chosen

AT_ONCE = 2
PATIENCE = 1200  # seconds for all of it


def main(names: Sequence[str]) -> int:
    began = time.monotonic()
    shares = [f"{which}/{AT_ONCE}" for which in range(AT_ONCE)]
    processes = [_start(names, share) for share in shares if chosen(names, share)]
    failed = any([process.wait(max(1.0, began + PATIENCE - time.monotonic())) for process in processes])
    tried = len(chosen(names))
    print(f"{tried} claims in {time.monotonic() - began:.0f} s: {'see above' if failed else 'each is noticed'}")
    return 1 if failed or not tried else 0


def _start(names: Sequence[str], share: str) -> subprocess.Popen[bytes]:
    tests = sorted({test for claim in chosen(names, share) for test in claim.tests})
    command = [sys.executable, "-m", "pytest", "-p", "tests.coverage.without", "-q"]
    command += ["-p", "no:cacheprovider", "--timeout", "60", "--of", ",".join(names), "--share", share, *tests]
    return subprocess.Popen(command, cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
