"""Wakes the worker. The only module that knows how, and it knows nothing of Buddy.

The queue is a doorbell, not a ledger: what is due stands in rows that `due` reads, so a lost or doubled ring costs
seconds and never data, and two workers meeting at one organization are kept apart by the lease, not by anything here.
On SQLite a worker looks for due rows twice a second. On PostgreSQL it is Procrastinate: `wake` defers a job on commit
and LISTEN/NOTIFY starts it at once on any machine; a look every five seconds finds what no ring announced, such as the
runs of a worker that died.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from django.db import connection, connections, transaction

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.jobs import JobDeferrer

logger = logging.getLogger(__name__)

type Run = Callable[[int], object]  # returns None when there was nothing for it to do: somebody else is at it
type Due = Callable[[], Iterable[int]]

RUN = "buddy.run"
LOOK = "buddy.look"
LOOK_TIMES = "* * * * * */5"  # cron; the sixth field is seconds
STALLED_AFTER = 30.0  # seconds without a sign of life; a living worker gives one every 10


def wake(organization_id: int) -> None:
    """Have a worker run this organization soon after the current transaction commits.

    Promises nothing: call it beside the row that says what is due. A failure here is logged; the commit stands.
    """
    if connection.vendor == "postgresql":
        transaction.on_commit(partial(_ring, organization_id), robust=True)


def serve(
    run: Run,
    due: Due,
    *,
    interval: float = 0.5,
    at_once: int = 8,
    grace: float = 20.0,
    stop: threading.Event | None = None,
) -> None:
    """Call `run(organization_id)` for each organization that `due()` names, until SIGTERM or SIGINT, or `stop` is set.

    An organization for which it returned None, or failed, stays due until the next look.
    At most `at_once` organizations run at a time in this process, each in a thread of its own. `interval` (seconds) is
    how often SQLite is asked. Stopping starts nothing new and lets what is running finish for `grace` seconds; what
    has not finished by then is cut off as if the machine had failed, which is safe.
    """
    with contextlib.nullcontext(stop) if stop else _stopped_by_signal() as stopped:
        if connection.vendor == "postgresql":
            _serve_queue(run, due, at_once=at_once, grace=grace, stop=stopped)
        else:
            _serve_rows(run, due, interval=interval, at_once=at_once, grace=grace, stop=stopped)
    logger.info("worker stopped")


@contextlib.contextmanager
def _stopped_by_signal() -> Iterator[threading.Event]:
    """An event that the first SIGTERM or SIGINT sets. A second one acts as usual: it ends the process."""
    stop = threading.Event()
    usual = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def restore() -> None:
        for number, handler in usual.items():
            signal.signal(number, handler)

    def on_signal(number: int, _frame: object) -> None:
        logger.info("stopping on %s: nothing new starts, what is running may finish", signal.Signals(number).name)
        stop.set()
        restore()

    for number in usual:
        signal.signal(number, on_signal)
    try:
        yield stop
    finally:
        restore()


def _start(run: Run, organization_id: int, *, then: Callable[[object], object] = lambda _: None) -> threading.Thread:
    """Run one organization in a thread. A daemon, since a thread that outlives the grace must not hold the process.

    `then` is told what the run returned, None when it failed.
    """

    def work() -> None:
        done = None
        try:
            done = run(organization_id)
        except Exception:  # one organization's failure must not stop the others
            logger.exception("run failed", extra={"organization": organization_id})
        finally:
            connections.close_all()
            then(done)

    thread = threading.Thread(target=work, name=f"organization-{organization_id}", daemon=True)
    thread.start()
    return thread


def _ask(due: Due) -> list[int]:
    """Which organizations are due. A database that cannot answer now is asked again later."""
    try:
        return list(due())
    except Exception:
        logger.exception("could not ask what is due")
        connections.close_all()
        return []


# --- SQLite: look at the rows ----------------------------------------------------------------------------------------


def _serve_rows(run: Run, due: Due, *, interval: float, at_once: int, grace: float, stop: threading.Event) -> None:
    logger.info("worker started, looking for due rows every %s s", interval)
    running: dict[int, threading.Thread] = {}
    while not stop.wait(interval):
        running = {organization: thread for organization, thread in running.items() if thread.is_alive()}
        waiting = [organization for organization in _ask(due) if organization not in running]
        for organization in waiting[: at_once - len(running)]:
            running[organization] = _start(run, organization)
    deadline = time.monotonic() + grace
    for thread in running.values():
        thread.join(max(0.0, deadline - time.monotonic()))


# --- PostgreSQL: Procrastinate ---------------------------------------------------------------------------------------


def _deferrer(app: App, organization_id: int) -> JobDeferrer:
    """One job may wait per organization. Never `lock`: after a kill, both together block the organization for good."""
    return app.configure_task(RUN, queue=RUN, queueing_lock=f"{RUN}:{organization_id}")


def _ring(organization_id: int) -> None:
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import AlreadyEnqueued

    # The inner atomic keeps a refused insert from breaking a transaction around us.
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        _deferrer(app, organization_id).defer(organization_id=organization_id)


def _serve_queue(run: Run, due: Due, *, at_once: int, grace: float, stop: threading.Event) -> None:
    """Keep a queue worker alive: it ends by itself when the database goes away, and comes back with it."""
    logger.info("worker started, listening to the queue")
    while not stop.is_set():
        try:
            asyncio.run(_work(run, due, at_once=at_once, grace=grace, stop=stop))
        except Exception:
            logger.exception("the queue worker failed and starts again")
        if not stop.is_set():
            stop.wait(2.0)


async def _work(run: Run, due: Due, *, at_once: int, grace: float, stop: threading.Event) -> None:
    """Two workers in one process, so that runs that fill every slot never keep the look from happening."""
    app = _queue_app(run, due)
    async with app.open_async():
        workers = [
            asyncio.create_task(
                app.run_worker_async(
                    queues=[queue],
                    concurrency=slots,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=grace,
                    stalled_worker_timeout=STALLED_AFTER,
                )
            )
            for queue, slots in ((RUN, at_once), (LOOK, 1))
        ]
        while not stop.is_set() and not any(worker.done() for worker in workers):
            await asyncio.sleep(0.1)
        for worker in workers:
            worker.cancel()
        for outcome in await asyncio.gather(*workers, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


def _queue_app(run: Run, due: Due) -> App:
    """A Procrastinate app of the worker's own, with its two tasks. The web process only knows their names."""
    from procrastinate import App, PsycopgConnector
    from procrastinate.contrib.django import connector_params
    from procrastinate.exceptions import AlreadyEnqueued
    from procrastinate.jobs import Status

    app = App(connector=PsycopgConnector(kwargs=connector_params()))

    async def defer(organization_id: int) -> None:
        with contextlib.suppress(AlreadyEnqueued):
            await _deferrer(app, organization_id).defer_async(organization_id=organization_id)

    def ask() -> list[int]:
        try:
            return _ask(due)
        finally:
            connections.close_all()

    @app.task(name=RUN, queue=RUN)
    async def run_one(organization_id: int) -> None:
        finished: asyncio.Queue[object] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def tell(done: object) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the grace is over
                loop.call_soon_threadsafe(finished.put_nowait, done)

        _start(run, organization_id, then=tell)
        if await finished.get() is None:
            return  # whoever has it asks the same at the end
        if organization_id in await asyncio.to_thread(ask):  # rung during the run: that ring's job found it taken
            await defer(organization_id)

    @app.periodic(cron=LOOK_TIMES)
    @app.task(name=LOOK, queue=LOOK, queueing_lock=LOOK)
    async def look(timestamp: int) -> None:  # noqa: ARG001, Procrastinate passes it by name
        """Defer what is due, and clear away the jobs of dead workers (only delete: their rows are still due)."""
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
        for organization_id in await asyncio.to_thread(ask):
            await defer(organization_id)

    return app
