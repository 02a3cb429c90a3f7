"""The worker is woken, on both stores. What runs is a stand-in here: jobs knows nothing of Buddy.

A ring may wake the worker twice on PostgreSQL, and then the lease keeps the two runs apart, not `jobs` ("a lost or
doubled ring costs seconds and never data"). So the tests ask who ran, and how often only where SQLite promises it.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from django.db import connection, transaction

from buddy import jobs

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parent.parent


class Work:
    """Organizations with something due, and a record of the runs they got."""

    def __init__(self) -> None:
        self.due: set[int] = set()
        self.started: list[int] = []
        self.finished: list[int] = []
        self.failures = 0
        self.most_at_once = 0  # runs of one organization
        self.most_running = 0  # runs of all of them
        self.hold = threading.Event()
        self.hold.set()
        self.broken: set[int] = set()
        self.taken: set[int] = set()  # by somebody else

    def ring(self, *organization_ids: int) -> None:
        self.due |= set(organization_ids)
        for organization_id in organization_ids:
            jobs.wake(organization_id)

    def run(self, organization_id: int) -> str | None:
        self.started.append(organization_id)
        if organization_id in self.taken:
            return None
        self.due.discard(organization_id)
        self.most_at_once = max(
            self.most_at_once, self.started.count(organization_id) - self.finished.count(organization_id)
        )
        self.most_running = max(self.most_running, self.running())
        if organization_id in self.broken:
            self.failures += 1
            raise RuntimeError("this organization's run fails")
        self.hold.wait(20)
        self.finished.append(organization_id)
        return "done"

    def running(self) -> int:
        return len(self.started) - len(self.finished) - self.failures

    def has_finished(self, organization_id: int) -> bool:
        return organization_id in self.finished

    def never_twice_at_once(self) -> bool:
        """On PostgreSQL a doubled ring may start a second run beside the first: the lease turns it away, not `jobs`."""
        return connection.vendor == "postgresql" or self.most_at_once == 1

    def whats_due(self) -> list[int]:
        return sorted(self.due)


class Stop(threading.Event):
    """Knows that the worker has seen it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = threading.Event()

    def is_set(self) -> bool:
        return self._tell(super().is_set())

    def wait(self, timeout: float | None = None) -> bool:
        return self._tell(super().wait(timeout))

    def _tell(self, stopped: bool) -> bool:
        if stopped:
            self.seen.set()
        return stopped


type Serve = Callable[..., threading.Thread]


@pytest.fixture
def work() -> Work:
    if connection.vendor == "postgresql":  # Django does not flush tables that it does not manage
        with connection.cursor() as cursor:
            cursor.execute("delete from procrastinate_jobs")
    return Work()


@pytest.fixture
def stop() -> Stop:
    return Stop()


@pytest.fixture
def serve(work: Work, stop: threading.Event) -> Iterator[Serve]:
    """Start a worker in a thread; it is stopped when the test ends."""
    threads = []

    def start(**options: float) -> threading.Thread:
        thread = threading.Thread(
            target=lambda: jobs.serve(work.run, work.whats_due, interval=0.05, stop=stop, **options),  # type: ignore[arg-type]
        )
        thread.start()
        threads.append(thread)
        return thread

    yield start
    work.hold.set()
    stop.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def until(condition: Callable[[], object], *, seconds: float = 12) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def waiting_jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where task_name = %s and status = 'todo'", [jobs.RUN])
        return int(cursor.fetchone()[0])


def test_an_organization_that_is_due_is_run_without_any_ring(work: Work, serve: Serve) -> None:
    work.due = {7}
    serve()
    until(lambda: 7 in work.finished)


def test_organizations_run_side_by_side_and_none_twice_at_once(work: Work, serve: Serve) -> None:
    work.hold.clear()
    work.ring(1, 2)
    serve()
    until(lambda: set(work.started) == {1, 2})
    assert work.finished == []
    work.hold.set()
    until(lambda: set(work.finished) == {1, 2})
    assert work.never_twice_at_once()


def test_no_more_organizations_run_at_once_than_allowed(work: Work, serve: Serve) -> None:
    work.hold.clear()
    work.ring(1, 2, 3)
    serve(at_once=2)
    until(lambda: len(work.started) == 2)
    time.sleep(0.5)
    assert len(work.started) == 2
    work.hold.set()
    until(lambda: set(work.finished) == {1, 2, 3})
    assert work.most_running == 2


def test_a_run_that_fails_stops_no_other(work: Work, serve: Serve) -> None:
    work.broken = {1}
    work.ring(1, 2)
    serve()
    until(lambda: work.failures and 2 in work.finished)
    assert 1 not in work.finished
    work.broken = set()
    work.ring(1)
    until(lambda: 1 in work.finished)


def test_stopping_starts_nothing_new_and_waits_for_what_runs(work: Work, serve: Serve, stop: Stop) -> None:
    work.hold.clear()
    work.ring(1)
    thread = serve()
    until(lambda: 1 in work.started)
    stop.set()
    assert stop.seen.wait(12)
    work.ring(2)
    time.sleep(0.3)
    assert thread.is_alive()
    work.hold.set()
    thread.join(30)
    assert not thread.is_alive()
    assert set(work.started) == {1}
    assert work.running() == 0


def test_stopping_does_not_wait_longer_than_the_grace(work: Work, serve: Serve, stop: Stop) -> None:
    work.hold.clear()
    work.ring(1)
    thread = serve(grace=0.3)
    until(lambda: 1 in work.started)
    stop.set()
    thread.join(15)  # the run would hold it for 20
    assert not thread.is_alive()
    assert work.finished == []


def test_a_question_that_fails_is_asked_again(work: Work, stop: Stop) -> None:
    asked = []

    def due() -> list[int]:
        asked.append(time.monotonic())
        if len(asked) == 1:
            raise RuntimeError("the database is away")
        return [5]

    thread = threading.Thread(target=lambda: jobs.serve(work.run, due, interval=0.05, stop=stop))
    thread.start()
    until(lambda: 5 in work.finished, seconds=20)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


def test_a_ring_starts_the_run_as_soon_as_it_is_committed(postgres: None, work: Work, serve: Serve) -> None:
    serve()
    until(worker_listens)
    with transaction.atomic():
        jobs.wake(7)
        time.sleep(0.3)
        assert work.started == []
    until(lambda: 7 in work.finished)


def test_a_ring_is_heard_and_not_found_by_looking(postgres: None, work: Work, serve: Serve) -> None:
    """The queue is looked at every five seconds: four rings, one after another, would take fifteen of them."""
    serve()
    until(worker_listens)
    began = time.monotonic()
    for organization_id in (1, 2, 3, 4):
        jobs.wake(organization_id)
        until(partial(work.has_finished, organization_id))
    assert time.monotonic() - began < 15


def worker_listens() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen%%'"
        )
        return int(cursor.fetchone()[0]) >= 2


def test_a_ring_that_is_rolled_back_never_sounds(postgres: None, work: Work) -> None:
    with transaction.atomic():
        jobs.wake(7)
        transaction.set_rollback(True)
    assert waiting_jobs() == 0


def test_many_rings_leave_one_job_and_never_an_error(postgres: None, work: Work) -> None:
    for _ in range(3):
        with transaction.atomic():
            jobs.wake(7)
            jobs.wake(7)
    jobs.wake(7)
    assert waiting_jobs() == 1


def test_a_ring_during_a_run_starts_another_run_after_it(work: Work, serve: Serve) -> None:
    work.hold.clear()
    work.due = {7}
    serve()
    until(lambda: 7 in work.started)
    work.due = {7}
    work.hold.set()
    until(lambda: not work.due and work.running() == 0)  # a run takes its organization off before it does anything
    assert work.finished.count(7) >= 2
    assert work.never_twice_at_once()


def test_what_somebody_else_has_is_asked_for_again_at_the_next_look_only(
    postgres: None, work: Work, serve: Serve
) -> None:
    """Who froze in a transaction has it for a while, and is not to be asked as fast as the queue can."""
    work.taken = {1}
    work.ring(1)
    serve()
    until(lambda: work.started)
    time.sleep(1.0)
    assert len(work.started) <= 2  # a ring and a look
    work.taken.clear()
    until(lambda: work.has_finished(1))


def test_the_job_of_a_dead_worker_is_deleted_and_never_run_from_there(postgres: None, work: Work, serve: Serve) -> None:
    jobs.wake(7)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 hour') returning id"
        )
        cursor.execute("update procrastinate_jobs set status = 'doing', worker_id = %s", [cursor.fetchone()[0]])
    serve()

    def doing() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from procrastinate_jobs where status = 'doing' and task_name = %s", [jobs.RUN]
            )
            return int(cursor.fetchone()[0])

    until(lambda: doing() == 0)
    assert work.started == []


def test_a_worker_process_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    program = (
        "import django; django.setup()\n"
        "from buddy import jobs\n"
        "jobs.serve(lambda organization: print('ran', organization, flush=True), lambda: [3])\n"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "BUDDY_DATA": str(tmp_path),
        "DATABASE_URL": "",
    }
    environment.pop("BUDDY_TEST_DATABASE", None)
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if line.startswith("ran 3"):
                break
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        assert process.wait(10) == 0
    assert "worker stopped" in rest
