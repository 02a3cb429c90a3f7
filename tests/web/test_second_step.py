"""An authenticator app and a passkey in a real browser, with Chromium's own virtual authenticator."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.urls import reverse
from django_scopes import scope
from playwright.sync_api import Page, expect

from buddy.hub.team import Role
from tests import makers as make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EMAIL, PASSWORD = "june@larkspur.example", "olives-and-capers-7"


@pytest.fixture
def june(live_server: Any, page: Page) -> Iterator[Page]:
    """Signed in with a password, on a computer that asks for a finger. Passkeys need a name: localhost, no number."""
    cache.clear()
    with scope(organization=make.organization()):
        make.member(Role.EDITOR, email=EMAIL, password=PASSWORD)
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    finger = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": finger})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    yield page
    assert said == []


def url(live_server: Any, name: str) -> str:
    return live_server.url.replace("127.0.0.1", "localhost") + reverse(name)


def sign_in(page: Page, live_server: Any) -> None:
    page.goto(url(live_server, "account_login"))
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="June Lindqvist").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def says_password_again(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def test_a_passkey_signs_in_alone(june: Page, live_server: Any) -> None:
    sign_in(june, live_server)
    june.goto(url(live_server, "mfa_index"))
    june.get_by_role("link", name="Add a passkey").click()
    says_password_again(june)
    june.get_by_label("Name").fill("Work laptop")
    expect(june.get_by_label("It signs me in alone")).to_be_checked()
    june.get_by_role("button", name="Add passkey").click()
    expect(june.get_by_role("heading", name="Add a passkey")).to_have_count(0)  # the browser has answered by then
    june.goto(url(live_server, "profile"))
    expect(june.get_by_text("1 passkey")).to_be_visible()
    sign_out(june)
    june.get_by_role("button", name="Sign in with a passkey").click()
    expect(june.get_by_role("navigation", name="Main")).to_be_visible()
    sign_out(june)
    sign_in(june, live_server)
    june.get_by_role("button", name="Use a passkey").click()
    expect(june.get_by_role("navigation", name="Main")).to_be_visible()


def test_an_app_s_code_is_asked_for_after_the_password(june: Page, live_server: Any) -> None:
    sign_in(june, live_server)
    june.goto(url(live_server, "mfa_activate_totp"))
    says_password_again(june)
    expect(june.get_by_role("img", name="QR code")).to_be_visible()
    secret = june.get_by_label("Authenticator secret").input_value()

    def code() -> str:
        return format_hotp_value(hotp_value(secret, int(time.time()) // 30))

    june.get_by_label("Authenticator code").fill(code())
    june.get_by_role("button", name="Activate").click()
    expect(june.get_by_label("Unused codes")).to_be_visible()
    recovery = june.get_by_label("Unused codes").input_value().split()
    sign_out(june)
    sign_in(june, live_server)
    expect(june.get_by_role("heading", name="Second step")).to_be_visible()
    june.get_by_label("Code").fill(recovery[0])
    june.get_by_role("button", name="Sign in", exact=True).click()
    expect(june.get_by_role("navigation", name="Main")).to_be_visible()
