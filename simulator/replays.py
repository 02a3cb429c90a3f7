"""The requestid store: what was answered to a write, to be answered again to its repetition (api 4.8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.choices import Choices


@dataclass(frozen=True, slots=True)
class Replay:
    """One remembered reply."""

    status: int
    body: bytes
    content_type: str
    at: datetime


class Replays:
    """Per company. How long a reply is kept is a switch: Intuit does not publish it."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self.kept: dict[str, Replay] = {}

    def find(self, request_id: str, now: datetime) -> Replay | None:
        replay = self.kept.get(request_id) if request_id else None
        days = self._choices.request_id_days
        if replay and days is not None and now - replay.at > timedelta(days=days):
            return None
        return replay

    def keep(self, request_id: str, status: int, body: bytes, content_type: str, at: datetime) -> None:
        if request_id:
            self.kept[request_id] = Replay(status, body, content_type, at)
