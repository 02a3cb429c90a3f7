"""Whose a document is: our customer for a QuickBooks customer id, looking past projects (R8)."""

from __future__ import annotations

from collections.abc import Iterable

from buddy.sync import mirror
from buddy.sync.mapping.customer import is_project, plain_name
from buddy.sync.mapping.reference import owner_id
from buddy.sync.round import Round

DEPTH = 5  # levels of customers there are (api 5.1)


class Owners:
    """Our customers for these QuickBooks ids. A project stands for its nearest ancestor that is none, by name."""

    def __init__(self, round: Round, remote_ids: Iterable[str]) -> None:
        self._ancestor: dict[str, str] = {}
        self._projects: dict[str, str] = {}
        wanted = set(remote_ids)
        self._here = round.here("Customer", wanted)
        unknown = wanted - set(self._here)
        if unknown:
            self._look_past_projects(round, unknown)
            self._here |= round.here("Customer", self._ancestor.values())

    def customer(self, remote_id: str) -> int | None:
        """Our customer's id, or None while that is not decided."""
        return self._here.get(self._ancestor.get(remote_id, remote_id))

    def project(self, remote_id: str) -> str:
        """The project's name, when the document names one."""
        return self._projects.get(remote_id, "")

    def _look_past_projects(self, round: Round, remote_ids: set[str]) -> None:
        steps = {each: each for each in remote_ids}
        for _ in range(DEPTH):
            found = mirror.bodies(round.organization, "Customer", set(steps.values()))
            projects = {each: found[at] for each, at in steps.items() if at in found and is_project(found[at])}
            if not projects:
                break
            for each, body in projects.items():
                self._projects.setdefault(each, plain_name(body.get("DisplayName")))
                self._ancestor[each] = steps[each] = owner_id("Customer", body)
            steps = {each: at for each, at in steps.items() if each in projects}
