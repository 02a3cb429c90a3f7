"""The reads an audit spends, and the most it may (R25)."""

from __future__ import annotations

from collections.abc import Callable

from buddy.sync.work import Calls


class OutOfReads(Exception):
    """The audit has spent what it may; it stops between two pages."""


class Meter:
    """Counts the run's reads from here on, but for those made `beside` the audit."""

    def __init__(self, calls: Calls, *, allowed: int) -> None:
        self._calls, self._allowed = calls, allowed
        self._before, self._beside = calls.reads, 0

    @property
    def spent(self) -> int:
        return self._calls.reads - self._before - self._beside

    def check(self) -> None:
        """Before a read. Raises OutOfReads."""
        if self.spent >= self._allowed:
            raise OutOfReads

    def beside(self, act: Callable[[], None]) -> None:
        """Do something whose reads are not the audit's."""
        before = self._calls.reads
        try:
            act()
        finally:
            self._beside += self._calls.reads - before
