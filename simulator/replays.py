"""The requestid store: what was answered to a write, to be answered again to its repetition (api 4.8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator import refusals
from simulator.choices import Choices


@dataclass(frozen=True, slots=True)
class Replay:
    """One remembered reply."""

    status: int
    body: bytes
    content_type: str
    at: datetime
    asked: str = ""  # digest of the request's body


class Replays:
    """Per company. How long a reply is kept is a switch: Intuit does not publish it."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self.kept: dict[str, Replay] = {}

    def find(self, request_id: str, now: datetime, asked: str) -> Replay | None:
        """What was answered. Another body gets the same answer, or 600 by the switch `request_id_conflict`."""
        replay = self.kept.get(request_id) if request_id else None
        days = self._choices.request_id_days
        if replay and days is not None and now - replay.at > timedelta(days=days):
            return None
        if replay and replay.asked != asked and self._choices.request_id_conflict == "refuse":
            raise refusals.duplicate_request_id(request_id)
        return replay

    def keep(self, request_id: str, replay: Replay) -> None:
        if request_id:
            self.kept[request_id] = replay
