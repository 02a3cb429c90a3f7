"""node-quickbooks, unmodified but for the host, runs a real session against the simulator's socket."""

import json
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from simulator.app import Simulator
from simulator.company import Company

ROOT = Path(__file__).parents[2]
SESSION = Path(__file__).parent / "node/session.cjs"


@pytest.fixture
def saw(sim: Simulator, company: Company, served: str) -> dict[str, Any]:
    """What the client saw in its session."""
    tokens = sim.grant(company.realm)
    told = {
        "api": served, "token": f"{served}/oauth2/v1/tokens/bearer", "revoke": f"{served}/v2/oauth2/tokens/revoke",
        "id": "app", "secret": "secret", "realm": company.realm, "access": tokens["access_token"],
        "refresh": tokens["refresh_token"],
    }  # fmt: skip
    node = which("node") or str(ROOT / ".venv/bin/node")
    done = subprocess.run([node, SESSION, json.dumps(told)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_node_quickbooks_works_a_whole_day(saw: dict[str, Any], company: Company) -> None:
    """4.1, 4.4–4.8, 3, 6, 7, 1.3, 1.6: one session, because starting Node is slow"""
    assert (saw["created"]["SyncToken"], saw["read"]["Notes"]) == ("0", "By phone")
    assert (saw["updated"]["SyncToken"], saw["updated"]["Notes"]) == ("1", "By phone")
    assert [saw[refusal]["code"] for refusal in ("stale", "duplicate", "missing")] == ["5010", "6240", "610"]
    assert (saw["found"], saw["counted"], saw["like"], saw["everything"]) == ([saw["created"]["Id"]], 1, 1, 5)
    assert len(saw["accounts"]) == 3
    assert saw["accounts"] == sorted(saw["accounts"])
    assert (saw["invoice"]["TotalAmt"], saw["invoice"]["Line"][-1]["DetailType"]) == (100, "SubTotalLineDetail")
    assert (saw["partlyPaid"], saw["voidedPayment"]) == (40, [0, "Voided"])
    assert (saw["sent"], saw["pdf"]) == ("EmailSent", "%PDF")
    assert saw["voided"] == [0, 0, "Voided"]
    assert saw["deleted"] == {"domain": "QBO", "status": "Deleted", "Id": saw["invoice"]["Id"]}
    assert [next(iter(answer)) for answer in saw["batch"]] == ["Customer", "Fault", "QueryResponse"]
    assert saw["changes"][1]["Invoice"][0]["status"] == "Deleted"
    assert "Customer" in saw["changes"][0]
    assert saw["once"][0] == saw["once"][1]
    assert (saw["company"], saw["preferences"]) == (company.name, False)
    assert saw["refreshed"] == [3600, True, True]
    assert (saw["afterRefresh"], saw["revoked"]) == (saw["created"]["Id"], 401)
