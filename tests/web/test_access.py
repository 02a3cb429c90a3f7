"""Every address, for every role, for strangers and for members of another organization. New ones join by themselves."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from django_scopes import scope

from buddy.hub.team import Organization, Role
from buddy.web import urls
from tests import makers as make
from tests.web import made
from tests.web.conftest import SignIn

OPEN_TO_ALL = {"setup", "account_login", "webhook_quickbooks", "join"}  # they look after themselves
EVERYBODYS_OWN = {"theme", "organization_open", "profile", "account_email"}  # of the person


def patterns(among: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for one in among:
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns)
        else:
            yield one


PATTERNS = list(patterns(urls.urlpatterns))
NAMES = [str(one.name) for one in PATTERNS]
WITH_ID = [str(one.name) for one in PATTERNS if "pk" in one.pattern.converters]
CLOSED = [name for name in NAMES if name not in OPEN_TO_ALL]
FORM = re.compile(r'<form[^>]*method="post".*?</form>', re.DOTALL)
KIND = {"badges": "customer", "retry": "customer"}


def address(name: str, ids: dict[str, int]) -> str:
    pattern = PATTERNS[NAMES.index(name)].pattern
    begins = max((begin for begin in ids if name.startswith(begin)), key=len, default="")
    known = {"pk": ids.get(begins), "kind": KIND.get(name), "other": ids.get("other")}
    values = {key: known.get(key) for key in pattern.converters if key not in PATTERNS[NAMES.index(name)].default_args}
    assert None not in values.values(), f"{name} needs something to show: add it to tests/web/made.py"
    return reverse(name, kwargs=values)


@pytest.fixture
def ids(organization: Organization) -> dict[str, int]:
    return made.everything()


@pytest.mark.parametrize("name", CLOSED)
def test_an_address_sends_strangers_to_sign_in(name: str, ids: dict[str, int]) -> None:
    for answer in (Client().get(address(name, ids)), Client().post(address(name, ids))):
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", CLOSED)
def test_a_viewer_changes_nothing_and_sees_no_button_that_would(name: str, ids: dict[str, int], viewer: Client) -> None:
    looked, sent = viewer.get(address(name, ids)), viewer.post(address(name, ids))
    assert looked.status_code in (200, 302, 403, 405)
    if name in EVERYBODYS_OWN:
        return
    assert sent.status_code in (403, 405), f"{name} let a viewer post: {sent.status_code}"
    if looked.status_code == 200 and not looked.streaming and looked["Content-Type"].startswith("text/html"):
        main = looked.content.decode().split("<main", 1)[-1].split("</main>")[0]
        assert not [form for form in FORM.findall(main) if 'type="submit"' in form]
        assert "hx-post" not in main


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMIN])
def test_pages_of_editors_and_admins_open(name: str, role: str, ids: dict[str, int], sign_in: SignIn) -> None:
    answer = sign_in(role).get(address(name, ids))
    allowed = (200, 302, 405) if role == Role.ADMIN else (200, 302, 403, 405)
    assert answer.status_code in allowed
    if answer.status_code == 403:
        assert "admins of your team" in answer.content.decode()


@pytest.mark.parametrize("name", WITH_ID)
def test_another_organization_s_ids_are_not_there(name: str, ids: dict[str, int], sign_in: SignIn) -> None:
    """R27: the stranger is an admin, of their own organization."""
    stranger = sign_in(Role.ADMIN, of=make.organization("Quayside Provisions"))
    got, posted = stranger.get(address(name, ids)), stranger.post(address(name, ids))
    assert {got.status_code, posted.status_code} <= {404, 405}
    assert 404 in (got.status_code, posted.status_code)


@pytest.mark.parametrize("name", ["customers", "products", "orders", "invoices", "sync", "dashboard"])
def test_lists_show_nothing_of_another_organization(name: str, ids: dict[str, int], sign_in: SignIn) -> None:
    other = make.organization("Quayside Provisions")
    with scope(organization=other):
        make.customer("Their own customer")
    page = sign_in(Role.ADMIN, of=other).get(reverse(name)).content.decode()
    for ours in ("Blue Heron Market", "Dark Roast", "SO-1001", "1042"):
        assert ours not in page


def test_someone_without_an_organization_is_told_so(organization: Organization) -> None:
    client = Client()
    client.force_login(make.user())
    answer = client.get(reverse("customers"))
    assert answer.status_code == 403
    assert "You don’t belong to an organization" in answer.content.decode()


def test_refusals_for_htmx_travel_as_a_toast(viewer: Client, ids: dict[str, int]) -> None:
    answer = viewer.post(
        reverse("order_status"), {"order": ids["order"], "status": "shipped"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 403
    assert "buddy:toast" in answer["HX-Trigger"]


def test_a_fragment_asked_for_without_a_session_loads_the_sign_in_page(organization: Organization) -> None:
    make.user()
    answer = Client().get(reverse("pulse"), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith(reverse("account_login"))
