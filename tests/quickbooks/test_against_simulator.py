"""The real client against the simulator, without sockets: refusals, lost replies, tokens, notifications."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from buddy.quickbooks import oauth, webhooks
from buddy.quickbooks.client import Client, batch_body, literal
from buddy.quickbooks.errors import Gone, Paused, QuickBooksError, Reconnect, Rejected, Retryable, Throttled
from buddy.quickbooks.http import Http
from buddy.quickbooks.records import Call, Record, Tokens
from simulator.app import Simulator
from simulator.company import Company

REALM = "9341450000000042"
SECRET = "hidden"
VERIFIER = "0f0e-verifier"


class Posted(httpx2.MockTransport):
    """Where the simulator sends its notifications."""

    def __init__(self) -> None:
        super().__init__(self._take)
        self.requests: list[httpx2.Request] = []

    def _take(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.requests.append(request)
        return httpx2.Response(200)


class Connection:
    """One connected company: keeps its tokens as Buddy does, and remembers every call."""

    def __init__(self, **settings: Any) -> None:
        self.posted = Posted()
        self.simulator = Simulator(
            client_id="buddy",
            client_secret=SECRET,
            webhook_url="https://buddy.test/webhooks/quickbooks",
            webhook_verifier=VERIFIER,
            webhook_transport=self.posted,
            **settings,
        )
        self.company: Company = self.simulator.add_company("Larkspur Fine Foods LLC", realm=REALM)
        self.calls: list[Call] = []
        self.http = Http(transport=httpx2.WSGITransport(app=self.simulator), on_call=self.calls.append)
        self.endpoints = oauth.discover(self.http, f"{self.simulator.base_url}/.well-known/openid_configuration/")
        granted = self.simulator.grant(REALM)
        self.access_token, self.refresh_token = granted["access_token"], granted["refresh_token"]
        self.books = Client(api_url=self.simulator.base_url, realm=REALM, http=self.http, access_token=self.token)
        self.calls.clear()

    def token(self, force: bool) -> str:
        if force:
            tokens = self.refresh()
            self.access_token, self.refresh_token = tokens.access_token, tokens.refresh_token
        return self.access_token

    def refresh(self, refresh_token: str = "", client_secret: str = SECRET) -> Tokens:
        return oauth.refresh(
            self.http,
            self.endpoints,
            client_id="buddy",
            client_secret=client_secret,
            refresh_token=refresh_token or self.refresh_token,
            now=datetime.now(UTC),
        )


@pytest.fixture
def connection() -> Iterator[Connection]:
    connected = Connection()
    yield connected
    connected.http.close()
    connected.simulator.close()


def new_customer(name: str = "Harbor Goods") -> bytes:
    return batch_body([("1", "create", "Customer", {"DisplayName": name}, "")])


@pytest.mark.parametrize("fault", ["lose_reply", "error_500_after", "error_504_after"])
def test_a_write_whose_reply_is_lost_is_in_doubt_and_safe_to_send_again(connection: Connection, fault: str) -> None:
    connection.simulator.faults.add(fault)
    with pytest.raises(Retryable) as raised:
        connection.books.batch(new_customer(), request_id="r1")
    assert raised.value.in_doubt
    assert len(connection.calls) == 1
    repeated = connection.books.batch(new_customer(), request_id="r1").items["1"]
    assert isinstance(repeated, Record)
    assert [customer["Id"] for customer in connection.company.all("Customer")] == [repeated.id]


def test_a_write_that_met_a_server_error_before_it_was_done_is_in_doubt_too(connection: Connection) -> None:
    connection.simulator.faults.add("error_500")
    with pytest.raises(Retryable) as raised:
        connection.books.batch(new_customer(), request_id="r1")
    assert raised.value.in_doubt
    assert connection.company.all("Customer") == []


@pytest.mark.parametrize("fault", ["lose_reply", "error_500", "error_504_after", "html_503"])
def test_a_read_survives_a_moment_of_trouble(connection: Connection, fault: str) -> None:
    connection.company.create("Customer", {"DisplayName": "Harbor Goods"})
    connection.simulator.faults.add(fault, times=2)
    assert connection.books.count("Customer") == 1
    assert len(connection.calls) == 3


@pytest.mark.parametrize("fault", ["throttle", "throttle_xml"])
@pytest.mark.parametrize(
    "ask", [lambda books: books.count("Customer"), lambda books: books.batch(new_customer(), request_id="r1")]
)
def test_throttling_is_told_at_once_in_either_wording(
    connection: Connection, fault: str, ask: Callable[[Client], Any]
) -> None:
    connection.simulator.faults.add(fault)
    with pytest.raises(Throttled) as raised:
        ask(connection.books)
    assert raised.value.wait == 60.0
    assert [call.status for call in connection.calls] == [429]
    assert connection.company.all("Customer") == []


def test_an_expired_token_is_refreshed_in_the_middle_of_a_write(connection: Connection) -> None:
    connection.simulator.expire_access(REALM)
    assert isinstance(connection.books.batch(new_customer(), request_id="r1").items["1"], Record)
    assert [call.verb for call in connection.calls] == ["batch", "refresh", "batch"]
    assert len(connection.company.all("Customer")) == 1


def test_a_connection_broken_in_quickbooks_means_reconnect(connection: Connection) -> None:
    connection.simulator.revoke(REALM)
    with pytest.raises(Reconnect) as raised:
        connection.books.count("Customer")
    assert raised.value.code == "invalid_grant"


def test_a_token_that_stays_refused_means_reconnect(connection: Connection) -> None:
    connection.simulator.faults.add("unauthorized", times=5)
    with pytest.raises(Reconnect) as raised:
        connection.books.count("Customer")
    assert [call.verb for call in connection.calls] == ["count", "refresh", "count"]
    assert "eyJ" not in raised.value.detail


def test_a_lapsed_subscription_pauses_a_write(connection: Connection) -> None:
    connection.company.subscription = "EXPIRED"
    outcome: object
    try:
        outcome = connection.books.batch(new_customer(), request_id="r1").items["1"]
    except QuickBooksError as error:
        outcome = error
    assert isinstance(outcome, Paused)
    assert outcome.reason == "subscription"


def test_another_company_than_the_one_granted_is_refused_without_a_loop(connection: Connection) -> None:
    connection.simulator.add_company("Other", realm="9341450000000099")
    other = Client(
        api_url=connection.simulator.base_url,
        realm="9341450000000099",
        http=connection.http,
        access_token=connection.token,
    )
    with pytest.raises(Reconnect):
        other.company_info()
    assert len(connection.calls) <= 3


def test_under_strict_rotation_the_older_refresh_token_is_dead() -> None:
    connection = Connection(rotation="strict")
    first = connection.refresh_token
    tokens = connection.refresh()
    assert tokens.refresh_token != first
    assert timedelta(minutes=59) < tokens.access_expires_at - datetime.now(UTC) <= timedelta(hours=1)
    assert tokens.hard_expires_at is not None
    with pytest.raises(Reconnect):
        connection.refresh(first)
    connection.simulator.close()


def test_wrong_keys_are_told_from_a_dead_connection(connection: Connection) -> None:
    with pytest.raises(Rejected) as raised:
        connection.refresh(client_secret="wrong")
    assert raised.value.code == "invalid_client"


def test_a_revoked_grant_is_dead_and_revoking_it_again_is_a_success(connection: Connection) -> None:
    for _ in range(2):
        oauth.revoke(
            connection.http,
            connection.endpoints,
            client_id="buddy",
            client_secret=SECRET,
            token=connection.refresh_token,
        )
    with pytest.raises(Reconnect):
        connection.refresh()


def test_a_made_up_code_brings_no_tokens(connection: Connection) -> None:
    with pytest.raises(Reconnect) as raised:
        oauth.exchange_code(
            connection.http,
            connection.endpoints,
            client_id="buddy",
            client_secret=SECRET,
            code="made-up",
            redirect_uri="https://buddy.test/callback",
            now=datetime.now(UTC),
        )
    assert "Connect QuickBooks" in raised.value.user_text


def test_notifications_of_the_simulator_are_verified_and_read(connection: Connection) -> None:
    customer = connection.company.create("Customer", {"DisplayName": "Harbor Goods"})
    connection.company.update("Customer", {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "Notes": "x"})
    connection.simulator.deliver_webhooks()
    notes = []
    for request in connection.posted.requests:
        assert webhooks.verified(request.content, request.headers["intuit-signature"], VERIFIER)
        assert not webhooks.verified(request.content + b" ", request.headers["intuit-signature"], VERIFIER)
        notes += webhooks.parse(request.content)
    told = {(note.realm, note.entity, note.id, note.operation) for note in notes}
    assert (REALM, "Customer", customer["Id"], "updated") in told
    assert all(note.event_id and note.at for note in notes)


def test_money_is_exact_from_here_to_the_books_and_back(connection: Connection) -> None:
    account = connection.company.create("Account", {"Name": "Sales", "AccountType": "Income"})
    item = {
        "Name": "Oil",
        "Type": "Service",
        "IncomeAccountRef": {"value": account["Id"]},
        "UnitPrice": Decimal("33.3333"),
    }
    reply = connection.books.batch(batch_body([("1", "create", "Item", item, "")]), request_id="r1")
    made = reply.items["1"]
    assert isinstance(made, Record)
    assert connection.books.read("Item", made.id).body["UnitPrice"] == Decimal("33.3333")


def test_changes_hold_what_a_person_edited_and_what_is_gone(connection: Connection) -> None:
    kept = connection.company.create("Customer", {"DisplayName": "Kept"})
    paid = connection.company.pay(kept["Id"], Decimal(10), {})
    connection.company.delete("Payment", paid["Id"])
    changes = connection.books.changes_since(["Customer", "Payment", "Item"], datetime.now(UTC) - timedelta(hours=1))
    assert {(record.entity, record.id, record.deleted) for record in changes.records} == {
        ("Customer", kept["Id"], False),
        ("Payment", paid["Id"], True),
    }
    with pytest.raises(Gone):
        connection.books.read("Payment", paid["Id"])


@pytest.mark.parametrize(
    "name", ["Amy's Bird Sanctuary", "back\\slash", "Robertson & Associates", "50% + more", "Café Söhne"]
)
def test_a_customer_is_found_by_its_exact_name(connection: Connection, name: str) -> None:
    made = connection.company.create("Customer", {"DisplayName": name})
    connection.company.create("Customer", {"DisplayName": "Another"})
    found = connection.books.query("Customer", f"DisplayName = {literal(name)}").records
    assert [record.id for record in found] == [made["Id"]]


def test_a_long_list_of_ids_is_asked_in_one_call(connection: Connection) -> None:
    made = [connection.company.create("Customer", {"DisplayName": f"C{n}"})["Id"] for n in range(30)]
    wanted = ",".join(literal(each) for each in [*made, *map(str, range(5000, 5600))])
    assert len(connection.books.query("Customer", f"Id IN ({wanted})").records) == 30
    assert [(call.method, call.metered) for call in connection.calls] == [("POST", True)]


def test_what_is_counted_as_metered_is_what_the_simulator_counts(connection: Connection) -> None:
    customer = connection.company.create("Customer", {"DisplayName": "Harbor Goods"})
    books = connection.books
    books.read("Customer", customer["Id"])
    books.query("Customer")
    books.count("Customer")
    list(books.pages("Customer"))
    books.changes_since(["Customer"], datetime.now(UTC) - timedelta(hours=1))
    books.preferences()
    books.company_info()
    books.batch(new_customer("Another"), request_id="r1")
    with pytest.raises(Gone):
        books.read("Customer", "999999")
    assert sum(call.metered for call in connection.calls) == connection.simulator.reads(REALM) == 7


def test_every_call_carries_intuits_trace(connection: Connection) -> None:
    connection.books.count("Customer")
    connection.refresh()
    assert all(call.trace_id for call in connection.calls)
