"""The allowance of one company, on a clock that only moves when someone sleeps."""

from collections.abc import Callable
from typing import Any

from buddy.quickbooks.http import Limiter


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 61
        self.now += seconds


def times(calls: int, *, make: Callable[..., Limiter] = Limiter, batch: bool = False, **settings: Any) -> list[float]:
    """When each of the calls was let through, in seconds from the first question."""
    clock = Clock()
    limiter = make(clock=clock.read, sleep=clock.sleep, **settings)
    let_through = []
    for _ in range(calls):
        with limiter.slot(batch=batch):
            let_through.append(clock.now - 1000.0)
    return let_through


def most_within(moments: list[float], seconds: float) -> int:
    return max(sum(1 for other in moments if moment <= other < moment + seconds) for moment in moments)


def test_eight_calls_a_second_go_through() -> None:
    moments = times(100)
    assert moments[:8] == [0.0] * 8
    assert most_within(moments, 1.0) == 8
    assert 11.9 < moments[-1] < 13


def test_four_hundred_calls_a_minute_go_through() -> None:
    moments = times(900)
    assert most_within(moments, 60.0) == 400
    assert moments[400] >= 60.0
    assert moments[-1] < 135


def test_thirty_six_batches_a_minute_go_through_and_count_as_calls() -> None:
    moments = times(80, batch=True)
    assert most_within(moments, 60.0) == 36
    assert most_within(moments, 1.0) <= 8


def test_calls_do_not_wait_for_the_batches() -> None:
    clock = Clock()
    limiter = Limiter(clock=clock.read, sleep=clock.sleep, batches_per_minute=1)
    with limiter.slot(batch=True):
        pass
    with limiter.slot():
        assert clock.now == 1000.0


def test_an_empty_allowance_fills_at_its_pace_instead_of_all_at_once() -> None:
    """R24: whoever takes over a run that died does not know what it had used."""
    moments = times(500, make=Limiter.empty)
    assert most_within(moments, 60.0) <= 401
    assert 0.1 < moments[0] < 0.3
    assert 58 < moments[399] < 62


def test_an_empty_allowance_has_no_batches_either() -> None:
    moments = times(36, make=Limiter.empty, batch=True)
    assert 1 < moments[0] < 2
    assert 58 < moments[-1] < 62


def test_a_full_allowance_is_back_after_a_quiet_minute() -> None:
    clock = Clock()
    limiter = Limiter.empty(clock=clock.read, sleep=clock.sleep)
    clock.now += 61
    began = clock.now
    for _ in range(8):
        with limiter.slot():
            pass
    assert clock.now == began


def test_calls_older_than_a_minute_are_forgotten() -> None:
    clock = Clock()
    limiter = Limiter(clock=clock.read, sleep=clock.sleep)
    for _ in range(1000):
        with limiter.slot():
            pass
    assert limiter._calls.count() <= 401


def test_a_failed_call_gives_its_place_back() -> None:
    limiter = Limiter(concurrent=1)
    for _ in range(3):
        try:
            with limiter.slot():
                raise RuntimeError
        except RuntimeError:
            pass
    with limiter.slot():
        pass
