"""Keeps the state file up to date while the simulator runs: a moment after each change, and on the way out."""

from collections.abc import Callable
from threading import Event, Thread


class Keeper:
    """Calls `save` in its own thread, `delay` seconds after a change, so that a burst of changes is one write."""

    def __init__(self, save: Callable[[], None], *, delay: float = 0.5) -> None:
        self._save, self._delay = save, delay
        self._dirty, self._stop = Event(), Event()
        self._thread = Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def changed(self) -> None:
        self._dirty.set()

    def close(self) -> None:
        """Stop, with a last save."""
        self._stop.set()
        self._dirty.set()
        self._thread.join()
        self._save()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._dirty.wait()
            if self._stop.wait(self._delay):
                return
            self._dirty.clear()
            self._save()
