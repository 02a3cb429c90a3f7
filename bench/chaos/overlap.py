"""Calls of an old run that came after the first call of a newer one of its company, as QuickBooks saw them (R22)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from bench.chaos.books import Arrival

AT_ONCE = 6  # calls of one run that may have passed the question whose company it is when the process was stopped


@dataclass
class Overlap:
    """`late`: of each old run, its calls that came too late. `unknown`: writes among them under no request of ours."""

    runs: int = 0
    calls: int = 0
    late: dict[int, list[Arrival]] = field(default_factory=dict)
    unknown: list[Arrival] = field(default_factory=list)

    @property
    def harmless(self) -> bool:
        """No more of one run than it may have under way, and each write among them a repetition."""
        return not self.unknown and all(len(calls) <= AT_ONCE for calls in self.late.values())

    def told(self) -> str:
        late = [len(calls) for calls in self.late.values()]
        return (
            f"calls {self.calls:,} of {self.runs:,} runs; after a newer run's first call: {sum(late)} of {len(late)} "
            f"runs stopped in the middle, at most {max(late, default=0)} each ({AT_ONCE} allowed), "
            f"writes without a known request id {len(self.unknown)}"
        )


def seen(arrivals: Iterable[Arrival], company_of: Mapping[int, int], request_ids: Set[str]) -> Overlap:
    """`company_of` tells of each run whose it was; `request_ids` are those of every request Buddy ever froze."""
    found, newest, late = Overlap(), dict[int, int](), defaultdict[int, list[Arrival]](list)
    runs = set[int]()
    for call in arrivals:
        if call.run is None:
            continue
        found.calls += 1
        runs.add(call.run)
        company = company_of[call.run]
        if call.run < newest.get(company, 0):
            late[call.run].append(call)
        newest[company] = max(call.run, newest.get(company, 0))
    found.runs, found.late = len(runs), dict(late)
    writes = [call for calls in late.values() for call in calls if call.path.endswith("/batch")]
    found.unknown = [call for call in writes if call.request_id not in request_ids]
    return found
