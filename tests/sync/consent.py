"""Connecting as a browser does, without the pages: begin, consent at the simulator, finish."""

from urllib.parse import parse_qsl, urlsplit

from buddy.hub.team import Organization, User
from buddy.sync import connection
from buddy.sync.connection import Begun
from buddy.sync.models import Connection
from simulator.app import Simulator


def query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def consent(sim: Simulator, begun: Begun, realm: str) -> dict[str, str]:
    """The user chooses this company: what comes back to the redirect address."""
    return query(sim.oauth.approve(sim.oauth.asked(query(begun.url)), realm))


def connect_in_browser(organization: Organization, sim: Simulator, realm: str, *, by: User) -> Connection:
    begun = connection.begin(organization, by=by)
    return connection.finish(organization, params=consent(sim, begun, realm), expected_state=begun.state, by=by)
