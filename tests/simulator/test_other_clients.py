"""Other people's clients, unmodified but for the host, run real sessions against the simulator's socket (issue 3)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from intuitlib.utils import validate_id_token
from quickbooks import QuickBooks
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import (
    AuthorizationException,
    ObjectNotFoundException,
    QuickbooksException,
    ValidationException,
)
from quickbooks.objects import (
    Account,
    Address,
    CompanyInfo,
    CreditMemo,
    Customer,
    EmailAddress,
    Invoice,
    Item,
    Payment,
    PaymentLine,
    PhoneNumber,
    Preferences,
    SalesItemLine,
    SalesItemLineDetail,
    Term,
)

from simulator.app import Simulator
from simulator.company import Company

BACK = "http://localhost:8000/back"


@pytest.fixture
def auth(sim: Simulator, served: str) -> AuthClient:
    """intuit-oauth, told where discovery is."""
    return AuthClient("app", "secret", BACK, f"{served}/.well-known/openid_configuration/")


@pytest.fixture
def client(
    sim: Simulator, company: Company, auth: AuthClient, served: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[QuickBooks]:
    """python-quickbooks, told the host."""
    tokens = sim.grant(company.realm)
    auth.access_token, auth.refresh_token = tokens["access_token"], tokens["refresh_token"]
    monkeypatch.setattr(QuickBooks, "api_url_v3", f"{served}/v3")
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # its OAuth library insists on https otherwise
    client = QuickBooks(auth_client=auth, refresh_token=auth.refresh_token, company_id=company.realm, minorversion=75)
    yield client
    client.session.close()
    auth.close()


def consent(sim: Simulator, company: Company, url: str) -> dict[str, str]:
    """What the person in the browser does: the query the app gets back."""
    asked = sim.oauth.asked({name: values[0] for name, values in parse_qs(urlsplit(url).query).items()})
    return {
        name: values[0] for name, values in parse_qs(urlsplit(sim.oauth.approve(asked, company.realm)).query).items()
    }


def test_intuit_oauth_connects_refreshes_reads_the_user_and_revokes(
    sim: Simulator, company: Company, auth: AuthClient
) -> None:
    """1.2–1.6"""
    back = consent(sim, company, auth.get_authorization_url([Scopes.ACCOUNTING, Scopes.OPENID]))
    assert back["state"] == auth.state_token
    auth.get_bearer_token(back["code"], realm_id=back["realmId"])
    assert (auth.realm_id, auth.expires_in, auth.x_refresh_token_expires_in) == (company.realm, 3600, 8726400)
    first = auth.refresh_token
    auth.refresh()
    assert auth.refresh_token == first
    sim.now += timedelta(hours=25)
    auth.refresh()
    assert auth.refresh_token != first
    assert auth.get_user_info().json()["familyName"] == "Lindqvist"
    assert auth.revoke()
    with pytest.raises(AuthClientError) as dead:
        auth.refresh()
    assert dead.value.status_code == 400
    assert "invalid_grant" in str(dead.value.content)
    auth.close()


def test_intuit_oauth_verifies_the_id_token(sim: Simulator, company: Company, auth: AuthClient) -> None:
    """1.1"""
    sim.now = datetime.now(UTC)  # the client looks at its own clock
    back = consent(sim, company, auth.get_authorization_url([Scopes.OPENID]))
    auth.get_bearer_token(back["code"])
    assert validate_id_token(auth.id_token, auth.client_id, auth.issuer_uri, auth.jwks_uri)
    auth.close()


def selling(item: Item, amount: int) -> SalesItemLine:
    line = SalesItemLine()
    line.Amount = amount
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = item.to_ref()
    line.SalesItemLineDetail.Qty, line.SalesItemLineDetail.UnitPrice = 1, amount
    return line


def service(client: QuickBooks) -> Item:
    item = Item()
    item.Name, item.Type, item.Sku = "Oak shelf", "Service", "OAK"
    item.IncomeAccountRef = Account.where("AccountType = 'Income'", qb=client)[0].to_ref()
    item.save(qb=client)
    return item


def customer(client: QuickBooks, name: str = "Amy's Bird Sanctuary") -> Customer:
    made = Customer()
    made.DisplayName = made.CompanyName = name
    made.PrimaryEmailAddr = EmailAddress()
    made.PrimaryEmailAddr.Address = "birds@example.com"
    made.PrimaryPhone = PhoneNumber()
    made.PrimaryPhone.FreeFormNumber = "(555) 010-0199"
    made.BillAddr = Address()
    made.BillAddr.Line1, made.BillAddr.City, made.BillAddr.CountrySubDivisionCode = "4581 Finch St.", "Bayshore", "CA"
    made.save(qb=client)
    return made


def invoice(client: QuickBooks, amount: int = 100) -> Invoice:
    made = Invoice()
    made.CustomerRef = customer(client).to_ref()
    made.Line.append(selling(service(client), amount))
    made.save(qb=client)
    return made


def test_python_quickbooks_keeps_customers(client: QuickBooks) -> None:
    """4.1, 5.1"""
    made = customer(client)
    assert made.Id == "1"
    made = Customer.get(made.Id, qb=client)
    made.Notes = "Prefers mail"
    made.save(qb=client)
    assert Customer.get(made.Id, qb=client).Notes == "Prefers mail"
    assert [each.Id for each in Customer.filter(DisplayName="Amy's Bird Sanctuary", qb=client)] == ["1"]
    assert Customer.choose(["1", "2"], field="Id", qb=client)[0].DisplayName == "Amy's Bird Sanctuary"
    assert Customer.count(qb=client) == 1
    made = Customer.get(made.Id, qb=client)
    made.Active = False
    made.save(qb=client)
    assert Customer.all(qb=client) == []


def test_python_quickbooks_sees_faults_as_its_exceptions(client: QuickBooks) -> None:
    """9.2"""
    made = customer(client)
    with pytest.raises(QuickbooksException) as duplicate:
        customer(client)
    assert duplicate.value.error_code == 6240
    with pytest.raises(ObjectNotFoundException):
        Customer.get(99, qb=client)
    with pytest.raises(ValidationException):
        Customer.where("DisplayName LIKE it's", qb=client)
    made.SyncToken = "7"
    made.Notes = "late"
    with pytest.raises(QuickbooksException) as stale:
        made.save(qb=client)
    assert stale.value.error_code == 5010


def test_python_quickbooks_bills_and_takes_payment(client: QuickBooks) -> None:
    """5.3, 5.4"""
    billed = Invoice.get(invoice(client).Id, qb=client)
    assert (billed.DocNumber, billed.TotalAmt, billed.Line[-1].DetailType) == ("1001", 100, "SubTotalLineDetail")
    paid = Payment()
    paid.CustomerRef, paid.TotalAmt = billed.CustomerRef, 100
    line = PaymentLine()
    line.Amount = 100
    line.LinkedTxn = [billed.to_linked_txn()]
    paid.Line.append(line)
    paid.save(qb=client)
    after = Invoice.get(billed.Id, qb=client)
    assert (after.Balance, after.SyncToken, after.LinkedTxn[0].TxnType) == (0, "1", "Payment")
    paid.void(qb=client)
    assert Invoice.get(billed.Id, qb=client).Balance == 100
    assert Payment.get(paid.Id, qb=client).TotalAmt == 0


def test_python_quickbooks_saves_what_it_read(client: QuickBooks) -> None:
    """4.3: the whole object goes back, sub-total line and all"""
    billed = Invoice.get(invoice(client).Id, qb=client)
    billed.PrivateNote = "Second floor"
    billed.save(qb=client)
    again = Invoice.get(billed.Id, qb=client)
    assert (again.PrivateNote, again.TotalAmt, len(again.Line)) == ("Second floor", 100, 2)


def test_python_quickbooks_sends_prints_voids_and_deletes(client: QuickBooks) -> None:
    """4.4–4.7"""
    billed = invoice(client)
    billed.send(qb=client, send_to="june@example.com")
    assert Invoice.get(billed.Id, qb=client).EmailStatus == "EmailSent"
    assert billed.download_pdf(qb=client).startswith(b"%PDF")
    billed = Invoice.get(billed.Id, qb=client)
    billed.void(qb=client)
    voided = Invoice.get(billed.Id, qb=client)
    assert (voided.TotalAmt, voided.PrivateNote) == (0, "Voided")
    voided.delete(qb=client)
    with pytest.raises(ObjectNotFoundException):
        Invoice.get(billed.Id, qb=client)


def test_python_quickbooks_credits(client: QuickBooks) -> None:
    """5.5"""
    memo = CreditMemo()
    memo.CustomerRef = customer(client).to_ref()
    memo.Line.append(selling(service(client), 30))
    memo.save(qb=client)
    assert CreditMemo.get(memo.Id, qb=client).RemainingCredit == 30


def test_python_quickbooks_batches(client: QuickBooks) -> None:
    """6"""
    several = []
    for number in range(35):
        each = Customer()
        each.DisplayName = f"Customer {number}"
        several.append(each)
    several.append(several[0])
    made = batch_create(several[:35], qb=client)
    assert (len(made.successes), len(made.faults)) == (35, 0)
    for each in made.successes:
        each.Notes = "batch"
    assert len(batch_update(made.successes, qb=client).successes) == 35
    double = Customer()
    double.DisplayName = "Customer 0"
    assert batch_create([double], qb=client).faults[0].Error[0].code == "6240"
    billed = invoice(client)
    assert len(batch_delete([billed], qb=client).successes) == 1


def test_python_quickbooks_captures_changes(sim: Simulator, client: QuickBooks) -> None:
    """7"""
    billed = invoice(client)
    billed.delete(qb=client)
    found = change_data_capture([Invoice, Customer, Term], sim.now - timedelta(days=1), qb=client)
    assert found.Customer[0].DisplayName == "Amy's Bird Sanctuary"
    assert found.Invoice[0].status == "Deleted"


def test_python_quickbooks_reads_the_company(client: QuickBooks, company: Company) -> None:
    """5.8, 5.9"""
    assert CompanyInfo.get(company.realm, qb=client).CompanyName == "Larkspur Fine Foods LLC"
    assert Preferences.get(qb=client).SalesFormsPrefs.CustomTxnNumbers is False
    assert [term.Name for term in Term.all(qb=client)][:1] == ["Due on receipt"]
    assert [item.Sku for item in [service(client), *Item.all(qb=client)]] == ["OAK", "OAK"]


def test_python_quickbooks_learns_that_the_connection_is_gone(
    sim: Simulator, company: Company, client: QuickBooks
) -> None:
    """9.2 3200"""
    sim.revoke(company.realm)
    with pytest.raises(AuthorizationException):
        Customer.all(qb=client)


def test_a_request_id_of_python_quickbooks_makes_a_save_happen_once(client: QuickBooks) -> None:
    """4.8"""
    for _ in range(2):
        each = Customer()
        each.DisplayName = "Harbor Goods"
        each.save(qb=client, request_id="once")
        assert each.Id == "1"
