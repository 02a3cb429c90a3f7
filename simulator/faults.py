"""Trouble on demand: faults by name, for the next calls that match or at a seeded random rate (api 13.14).

`before` faults answer instead of the books; `after` faults strike when the work is done and kept.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from itertools import count
from random import Random
from threading import Lock
from typing import Any

STAGES = {
    "error_500": "before",  # code 10000, nothing was saved
    "html_503": "before",  # a page of the edge, no JSON
    "throttle": "before",  # 429 in JSON
    "throttle_xml": "before",  # 429 in XML though JSON was asked (api 11.12)
    "unauthorized": "before",  # 401, the token is called expired
    "lose_reply": "after",  # saved, then the connection breaks without an answer
    "error_500_after": "after",  # saved, then 500
    "error_504_after": "after",  # saved, then a time-out of the gateway
    "delay": "after",  # saved, then the answer waits `seconds` (5)
    "forbidden": "before",  # 403, as for keys of the other environment (api 9.2, 3100)
    "wrong_cluster": "before",  # 401 in XML: the company was moved (130)
    "company_locked": "before",  # 400, code 140
    "maintenance": "before",  # 503, code 150
    "no_webhooks": "standing",  # while it stands, no webhook leaves
    "webhook_lost": "webhook",  # the next request to the endpoint is never made
    "webhook_twice": "webhook",  # it is made twice, with the same event ids
    "webhook_shuffled": "webhook",  # its events come in another order (`seed`)
    "webhook_late": "webhook",  # it waits `seconds` (60) of the simulator's clock, later ones overtake it
}


class LostReply(ConnectionResetError):
    """The work is done and kept, the answer is lost. Raised out of the WSGI callable; a server closes the socket."""


@dataclass
class Planned:
    """One planned fault. `times` is how often it still strikes, None without end; `rate` strikes at random instead."""

    id: int
    name: str
    method: str = "*"
    path: str = "*"
    times: int | None = 1
    rate: float | None = None
    seed: int | None = None
    args: dict[str, Any] = field(default_factory=dict)
    struck: int = 0
    asked: int = 0  # how often chance was asked, so that a restart goes on where it was

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        for _ in range(self.asked):
            self._random.random()

    def matches(self, method: str, path: str) -> bool:
        if STAGES[self.name] == "webhook":
            return True
        return self.method in ("*", method) and (
            fnmatchcase(path, self.path) if self.path != "*" else path.startswith("/v3/")
        )

    def strikes(self) -> bool:
        """Whether it strikes this matching call; counts when it does."""
        if self.times is not None and self.struck >= self.times:
            return False
        if self.rate is not None and not self._chance(self.rate):
            return False
        self.struck += 1
        return True

    def _chance(self, rate: float) -> bool:
        self.asked += 1
        return self._random.random() < rate

    @property
    def spent(self) -> bool:
        return self.times is not None and self.struck >= self.times

    def told(self) -> dict[str, Any]:
        return asdict(self)


class Faults:
    """The list of planned faults, shared by all threads."""

    def __init__(self) -> None:
        self._planned: list[Planned] = []
        self._ids = count(1)
        self._lock = Lock()

    def add(
        self,
        name: str,
        *,
        method: str = "*",
        path: str = "*",
        times: int | None = 1,
        rate: float | None = None,
        seed: int | None = None,
        **args: Any,
    ) -> Planned:
        """Plan a fault; `path` is a pattern such as `*/invoice` (a bare `*`: every API call, no OAuth call)."""
        if name not in STAGES:
            raise ValueError(f"no fault called {name!r}; there are {', '.join(STAGES)}")
        lasting = times if rate is None and STAGES[name] != "standing" else None
        planned = Planned(next(self._ids), name, method, path, lasting, rate, seed, args)
        with self._lock:
            self._planned.append(planned)
        return planned

    def add_told(self, told: Mapping[str, Any]) -> Planned:
        """Plan a fault from what `POST /_sim/faults` received."""
        known = {"name", "method", "path", "times", "rate", "seed", "args"}
        extra = {key: value for key, value in told.items() if key not in known}
        given = {key: told[key] for key in known - {"name", "args"} if key in told}
        return self.add(str(told.get("name", "")), **given, **{**told.get("args", {}), **extra})

    def take(self, stage: str, method: str, path: str) -> list[Planned]:
        """The faults that strike this call at this stage, in the order they were planned."""
        with self._lock:
            matching = [each for each in self._planned if STAGES[each.name] == stage and each.matches(method, path)]
            struck = [each for each in matching if each.strikes()]
            self._planned = [each for each in self._planned if not each.spent]
        return struck

    def standing(self, name: str) -> bool:
        """Whether a standing fault such as `no_webhooks` is planned."""
        return any(each.name == name for each in self.planned)

    def remove(self, id: int) -> None:
        with self._lock:
            self._planned = [each for each in self._planned if each.id != id]

    def clear(self, name: str = "") -> None:
        """Forget all planned faults, or those of one name."""
        with self._lock:
            self._planned = [each for each in self._planned if name and each.name != name]

    def restore(self, told: list[dict[str, Any]]) -> None:
        """Plan again what `Planned.told` told."""
        with self._lock:
            self._planned = [Planned(**each) for each in told]
            self._ids = count(1 + max((each.id for each in self._planned), default=0))

    @property
    def planned(self) -> list[Planned]:
        return list(self._planned)
