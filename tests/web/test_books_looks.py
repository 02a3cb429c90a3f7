"""Books match in a real browser, with nothing, with long words and with much of everything."""

from datetime import timedelta

import pytest

from buddy.hub.team import Organization
from buddy.sync.models import Audit, AuditLine, AuditOutcome, Connection, Fix, Verdict
from tests import makers as make
from tests.web import made
from tests.web.test_looks import LONG, SCREENS
from tests.web.test_settings_looks import Visitor, on, organization, visitor

__all__ = ["organization", "visitor"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HUGE = "123456789012.34"


def much(organization: Organization) -> Audit:
    """Every kind of line, long names, huge sums in three currencies, and something of each explanation."""
    found, _ = made.audit(title=LONG[:500], said=LONG, facts=[{"label": "Notes", "ours": LONG, "theirs": ""}])
    states = ({"asked_at": make.NOW}, {"settled_at": make.NOW}, {"verdict": Verdict.TAKEN}, {"fix": Fix.NONE})
    for number, state in enumerate(states):
        values = {"verdict": Verdict.DIFFERENCE, "entity": "Customer", "remote_id": f"{number}", "kind": "customer"}
        AuditLine.objects.create(
            organization=organization, audit=found, title="Café Überall", said="Other values.", **{**values, **state}
        )
    sums = [["receivable", each, HUGE, "0.00", f"-{HUGE}"] for each in ("EUR", "JPY", "USD")]
    figures = found.figures["Invoice"] | {"sums": sums, "there": 1_234_567, "mirror": 1_234_566, "only_here": 99}
    figures["causes"] = {"asked": {"count": 1200, "titles": [LONG, "B"]}, "unsent": {"count": 1, "titles": ["C"]}}
    found.figures = dict.fromkeys(("Item", "Customer", "Invoice", "CreditMemo", "Payment"), figures)
    found.save(update_fields=["figures"])
    return found


@pytest.mark.parametrize("screen", SCREENS)
def test_books_match_is_fit_to_be_seen(visitor: Visitor, organization: Organization, screen: str) -> None:
    on(visitor, screen)
    visitor.open("books")
    visitor.look()
    now = make.NOW
    Connection.objects.create(
        organization=organization, environment="sandbox", realm="1", connected_at=now, first_synced_at=now
    )
    much(organization)
    visitor.open("books")
    visitor.look()
    Audit.objects.create(
        organization=organization,
        asked_at=now,
        since=now - timedelta(days=1),
        started_at=now,
        outcome=AuditOutcome.RUNNING,
        progress={"Item": [3, 10]},
    )
    visitor.open("books")
    visitor.look()
