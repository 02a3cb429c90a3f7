"""What a campaign found, as text."""

from __future__ import annotations

import os
import platform
from collections import defaultdict
from datetime import date

from bench.chaos.campaign import Outcome, Plan
from bench.chaos.steps import WHENS

SHOWN = 30  # of what is wrong


def heading(store: str, plan: Plan) -> str:
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"
    return (
        f"{date.today()}, {machine}\n"  # noqa: DTZ011 the date of the machine
        f"{store}, seed {plan.seed}: {plan.workers} workers, {plan.companies} companies, lease {plan.lease} s, "
        f"{plan.rotation} rotation, {plan.kills:,} kills within {plan.minutes:g} minutes"
    )


def told(outcome: Outcome) -> str:
    deaths, counts = outcome.ward.deaths, outcome.found.counts
    struck = outcome.ward.struck
    lines = [
        f"storm of {outcome.storm:.0f} s, quiet {outcome.quiet:.0f} s later",
        f"killed with SIGKILL {deaths.kills:,}; ended by themselves {deaths.ended}",
        f"paused {deaths.pauses}, up to {deaths.longest_pause:.1f} s",
        "faults of QuickBooks: " + _listed(outcome.struck),
        "runs: " + _listed(outcome.runs) + f"; with an exception nobody expected {outcome.failures}",
        "",
        *(f"{name}: {counts[name]:,}" for name in sorted(counts)),
        outcome.overlap.told(),
        f"writes of an old run to our database: {len(outcome.strays)}",
        "",
        f"moments of steps {len(struck)}, of which struck {sum(1 for count in struck.values() if count)}",
        f"struck at one of them {sum(struck.values()):,} times, the others from outside at any time",
        "steps, and how often struck before, inside, after:",
        *_steps(struck),
        "",
        *([f"WRONG ({len(outcome.found.wrong)}):", *outcome.found.wrong[:SHOWN]] if outcome.found.wrong else []),
        *(f"STRAY {each}" for each in outcome.strays[:SHOWN]),
        "green" if is_green(outcome) else "RED",
    ]
    return "\n".join(lines)


def is_green(outcome: Outcome) -> bool:
    """Nothing lost, doubled or overwritten, nobody wrote who should not have, and no run broke on a bug."""
    return (
        not (outcome.found.wrong or outcome.strays or outcome.failures or outcome.ward.deaths.ended)
        and outcome.overlap.harmless
    )


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))


def _steps(struck: dict[tuple[str, str], int]) -> list[str]:
    table: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (step, when), count in sorted(struck.items()):
        table[step][when] = count
    width = max((len(step) for step in table), default=0)
    return [
        "  ".join([step.ljust(width), *(str(row[when]) if when in row else "-" for when in WHENS)])
        for step, row in table.items()
    ]
