"""The simulator's clock: real time plus an offset that may be moved, and the ways QuickBooks writes time.

Entity times have whole seconds and the company's offset; the envelope's has milliseconds, trailing zeros cut (api 2.3).
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")


class Clock:
    """Tells the time. It always runs; setting `now` only moves the offset."""

    def __init__(self, now: datetime | None = None) -> None:
        self.offset = timedelta(0)
        if now is not None:
            self.now = now

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    @now.setter
    def now(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            raise ValueError("the clock needs an aware datetime")
        self.offset = moment - datetime.now(UTC)

    def today(self, zone: ZoneInfo = PACIFIC) -> date:
        return self.now.astimezone(zone).date()


@lru_cache(maxsize=16_384)
def entity_time(moment: datetime, zone: ZoneInfo = PACIFIC) -> str:
    """`2026-05-05T02:08:55-07:00`: seconds and offset, as in MetaData (api 2.3)."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def envelope_time(moment: datetime, zone: ZoneInfo = PACIFIC) -> str:
    """`…54.543-07:00`, `….63-07:00`, `…54-07:00`: milliseconds, trailing zeros cut (api 2.3)."""
    local = moment.astimezone(zone)
    text = local.isoformat(timespec="milliseconds")
    stamp, offset = text[:23], text[23:]
    return stamp.rstrip("0").rstrip(".") + offset


def utc_time(moment: datetime) -> str:
    """`2026-11-02T16:14:55.310Z`, as webhooks write it (api 8.3)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def precise_time(moment: datetime, beyond: int) -> str:
    """The same with microseconds, and for three of four with nanoseconds, which `beyond` makes up (api 8.3)."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00")
    return f"{text}{beyond % 1000:03d}Z" if beyond % 4 else f"{text}Z"


def parse_time(text: str, zone: ZoneInfo = PACIFIC) -> datetime:
    """An aware moment from a date or a timestamp, the company's when it has no offset; ValueError for neither."""
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
