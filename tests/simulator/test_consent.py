"""The consent page: which answers lead where, and what never leads anywhere."""

from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.browsing import Person
from tests.simulator.conftest import NOW, REALM

BACK = "https://buddy.example/callback/"
ASKED = {
    "client_id": "app",
    "response_type": "code",
    "scope": "com.intuit.quickbooks.accounting",
    "redirect_uri": BACK,
    "state": "s3cret-state",
}


@pytest.fixture
def sim() -> Simulator:
    return Simulator(client_id="app", client_secret="secret", now=NOW, redirect_uris=[BACK])


@pytest.fixture
def person(sim: Simulator, company: Company) -> Person:
    person = Person(sim, "/connect/oauth2?")
    person.http.follow_redirects = False
    return person


def asked(person: Person, **changes: str) -> Person:
    return person.open(urlencode({**ASKED, **changes}))


def answer(person: Person) -> dict[str, str]:
    """The query with which the browser is sent back to the app."""
    assert person.status == 303
    target = urlsplit(person.headers["Location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == BACK
    return {name: values[0] for name, values in parse_qs(target.query).items()}


def exchange(sim: Simulator, code: str) -> httpx2.Response:
    with httpx2.Client(transport=httpx2.WSGITransport(app=sim), base_url=sim.base_url) as http:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
        return http.post("/oauth2/v1/tokens/bearer", data=form, auth=("app", "secret"))


def test_the_page_says_who_asks_for_what_in_which_companies(sim: Simulator, person: Person) -> None:
    sim.add_company("Quayside Bakery Supply Inc", realm="9341450000000002")
    text = asked(person).text
    assert "Let Buddy work with a practice company?" in text
    assert "Larkspur Fine Foods LLC: company ID 9341 4500 0000 0001" in text
    assert "Quayside Bakery Supply Inc: company ID 9341 4500 0000 0002" in text
    assert "Nothing here reaches Intuit" in text


def test_connect_sends_code_state_and_company_back(sim: Simulator, person: Person) -> None:
    sent = answer(asked(person).press("Connect"))
    assert sent.keys() == {"code", "state", "realmId"}
    assert (sent["state"], sent["realmId"]) == ("s3cret-state", REALM)
    assert exchange(sim, sent["code"]).status_code == 200


def test_the_chosen_company_is_the_one_connected(sim: Simulator, person: Person) -> None:
    sim.add_company("Quayside", realm="9341450000000002")
    sent = answer(asked(person).press("Connect", company="9341450000000002"))
    assert sent["realmId"] == "9341450000000002"
    exchange(sim, sent["code"])
    assert sim.oauth.connected("9341450000000002")
    assert not sim.oauth.connected(REALM)


def test_cancel_sends_access_denied_and_no_company(sim: Simulator, person: Person) -> None:
    assert answer(asked(person).press("Cancel")) == {"error": "access_denied", "state": "s3cret-state"}


def test_a_code_that_was_let_expire_is_refused(sim: Simulator, person: Person) -> None:
    sent = answer(asked(person).press("Let the code expire"))
    reply = exchange(sim, sent["code"])
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_grant")


def test_a_wrong_state_can_be_practised(person: Person) -> None:
    sent = answer(asked(person).press("Answer with a wrong state"))
    assert sent["state"] != "s3cret-state"
    assert sent["code"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"redirect_uri": "https://elsewhere.example/"}, "redirect_uri"),
        ({"redirect_uri": BACK.rstrip("/")}, "redirect_uri"),
        ({"client_id": "another"}, "client_id"),
        ({"response_type": "token"}, "response_type"),
        ({"scope": ""}, "scope"),
        ({"state": ""}, "state"),
    ],
)
def test_a_request_that_is_not_registered_stays_on_an_error_page(
    person: Person, change: dict[str, str], words: str
) -> None:
    asked(person, **change)
    assert person.status == 400
    assert "The app did not connect" in person.text
    assert words in person.text
    assert "Location" not in person.headers
    assert person.forms == []


def test_the_answer_is_checked_like_the_question(person: Person) -> None:
    """A form sent to another address than the page showed gains nothing."""
    query = urlencode({**ASKED, "redirect_uri": "https://elsewhere.example/"})
    reply = person.http.post(f"/connect/oauth2?{query}", data={"company": REALM, "decision": "connect"})
    assert reply.status_code == 400
    assert "Location" not in reply.headers


@pytest.mark.parametrize("form", [{"company": "1", "decision": "connect"}, {"company": REALM, "decision": "maybe"}])
def test_an_answer_nobody_could_give_is_refused(person: Person, form: dict[str, str]) -> None:
    assert person.http.post(f"/connect/oauth2?{urlencode(ASKED)}", data=form).status_code == 400


def test_another_site_cannot_consent_for_the_admin(sim: Simulator, person: Person) -> None:
    reply = person.http.post(
        f"/connect/oauth2?{urlencode(ASKED)}",
        data={"company": REALM, "decision": "connect"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert reply.status_code == 403
    assert sim.oauth.codes == {}


def test_the_policy_lets_the_form_lead_to_the_app_and_nowhere_else(person: Person) -> None:
    policy = asked(person).headers["Content-Security-Policy"]
    assert policy.endswith("form-action 'self' https://buddy.example")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_a_connected_company_is_marked(sim: Simulator, person: Person) -> None:
    sim.grant(REALM)
    assert "Larkspur Fine Foods LLC (connected now)" in asked(person).text
