"""A person's own page: name, address, password, second step, sessions; and the way back in."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.fernet import Fernet
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from buddy.hub.team import Organization, User
from tests import makers as make

PASSWORD, NEW = "olives-and-capers-7", "anchovies-and-dill-9"
BROKEN = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {"host": "127.0.0.1", "port": 9},
    }
}


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def june(organization: Organization) -> User:
    return make.member(email="june@larkspur.example", password=PASSWORD).user


def sign_in(password: str = PASSWORD, **headers: str) -> Client:
    client = Client(headers=headers)
    client.post(reverse("account_login"), {"login": "june@larkspur.example", "password": password})
    return client


def says_it_again(client: Client) -> Client:
    """Who changes how they sign in is asked for the password once more."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def inside(client: Client) -> bool:
    return client.get(reverse("customers")).status_code == 200


def link(which: str) -> str:
    """The path of the link in the latest mail."""
    word = next(word for word in mail.outbox[-1].body.split() if which in word)
    return "/" + word.split("/", 3)[3]


# --- Name and address ------------------------------------------------------------------------------------------------


def test_a_person_changes_their_name(june: User) -> None:
    client = sign_in()
    client.post(reverse("profile"), {"name": "June L."})
    june.refresh_from_db()
    assert june.name == "June L."
    assert client.post(reverse("profile"), {"name": "  "}).context["form"].errors["name"]


def test_a_new_address_counts_once_its_owner_opened_the_link(june: User) -> None:
    client = says_it_again(sign_in())
    page = client.post(
        reverse("account_email"), {"email": "june@quayside.example", "action_add": ""}, follow=True
    ).content.decode()
    assert "A link was mailed to" in page
    june.refresh_from_db()
    assert june.email == "june@larkspur.example"
    confirm = link("/confirm-email/")
    assert mail.outbox[-1].to == ["june@quayside.example"]
    Client().post(confirm)
    june.refresh_from_db()
    assert june.email == "june@quayside.example"
    assert not inside(sign_in())
    assert (
        Client().post(reverse("account_login"), {"login": "june@quayside.example", "password": PASSWORD})["Location"]
        == "/"
    )


def test_the_address_of_somebody_else_is_not_taken_over_even_if_they_open_the_link(june: User) -> None:
    theo = make.user(email="theo@larkspur.example", password=PASSWORD)
    client = says_it_again(sign_in())
    page = client.post(reverse("account_email"), {"email": theo.email, "action_add": ""}, follow=True)
    assert "A link was mailed to" in page.content.decode()  # as for any other address: nobody learns whose it is
    answer = Client().post(link("/confirm-email/"), follow=True)
    assert answer.status_code == 200
    june.refresh_from_db()
    assert june.email == "june@larkspur.example"
    assert inside(sign_in())


def test_a_browser_left_open_cannot_change_how_one_signs_in(june: User) -> None:
    client = Client()
    client.force_login(june)
    for name in ("account_email", "mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"):
        answer = client.post(reverse(name), {"email": "thief@larkspur.example", "action_add": ""})
        assert answer.status_code == 302
        assert "/reauthenticate/" in answer["Location"]


# --- Passwords -------------------------------------------------------------------------------------------------------


def test_a_new_password_signs_out_everywhere_else_and_is_told_by_mail(june: User) -> None:
    here, there = sign_in(), sign_in()
    here.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert (inside(here), inside(there), inside(sign_in(NEW))) == (True, False, True)
    assert mail.outbox[-1].to == [june.email]


def test_a_forgotten_password_is_set_anew_and_the_link_works_once(june: User) -> None:
    there = sign_in()
    client = Client()
    client.post(reverse("account_reset_password"), {"email": "June@larkspur.example"})
    opened = client.get(link("/password/reset/key/"), follow=True)
    client.post(opened.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert (inside(sign_in(NEW)), inside(there)) == (True, False)
    again = Client().get(opened.request["PATH_INFO"], follow=True).content.decode()
    assert "This link no longer works" in again


def test_nobody_learns_from_it_whether_an_address_has_an_account(june: User) -> None:
    answers = [
        Client().post(reverse("account_reset_password"), {"email": email}, follow=True)
        for email in ("june@larkspur.example", "nobody@larkspur.example")
    ]
    known, unknown = (answer.content for answer in answers)
    assert known == unknown
    assert [letter.to for letter in mail.outbox] == [["june@larkspur.example"], ["nobody@larkspur.example"]]
    assert "There is no account with this address" in mail.outbox[1].body


def test_a_mail_server_that_is_down_is_said_whoever_asks(june: User, settings: Any) -> None:
    settings.MAILERS = BROKEN
    for email in ("june@larkspur.example", "nobody@larkspur.example"):
        answer = Client().post(reverse("account_reset_password"), {"email": email}, follow=True)
        assert answer.status_code == 200
        assert "The mail server does not take mail just now" in answer.content.decode()


def test_guessing_passwords_is_stopped_in_words_and_for_that_address_only(june: User) -> None:
    make.member(email="theo@larkspur.example", password=PASSWORD)
    values = {"login": june.email, "password": "wrong"}
    for _ in range(5):
        assert "do not belong together" in Client().post(reverse("account_login"), values).content.decode()
    right = Client().post(reverse("account_login"), {**values, "password": PASSWORD})
    assert "Too many wrong passwords. Wait five minutes" in right.content.decode()
    assert (
        Client().post(reverse("account_login"), {"login": "theo@larkspur.example", "password": PASSWORD})["Location"]
        == "/"
    )


def test_asking_for_mail_again_and_again_is_stopped_in_words(june: User) -> None:
    answers = [Client().post(reverse("account_reset_password"), {"email": "june@larkspur.example"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert "That was too often in a short time" in answers[-1].content.decode()
    assert len(mail.outbox) == 5


# --- The second step -------------------------------------------------------------------------------------------------


def code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def activated(client: Client) -> str:
    """The key of the authenticator app that this person has set up."""
    secret = says_it_again(client).get(reverse("mfa_activate_totp")).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    return str(secret)


def second_step(client: Client, said: str) -> bool:
    client.post(reverse("mfa_authenticate"), {"code": said})
    return inside(client)


def test_with_an_app_the_password_alone_opens_nothing_and_each_recovery_code_opens_once(june: User) -> None:
    owner = sign_in()
    secret = activated(owner)
    assert "On: a code from an app" in owner.get(reverse("profile")).content.decode()
    codes = owner.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    thief = sign_in()
    assert not inside(thief)
    assert not second_step(thief, "000000")
    cache.clear()  # the code used to set it up counts as used
    assert second_step(sign_in(), code(secret))
    assert [second_step(sign_in(), codes[0]) for _ in range(2)] == [True, False]


def test_its_keys_are_encrypted_at_rest_and_follow_a_change_of_the_secret_keys(june: User, settings: Any) -> None:
    secret = activated(sign_in())
    held = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in held
    old, new = settings.ENCRYPTION_KEYS, Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *old]
    call_command("encrypt_again")
    settings.ENCRYPTION_KEYS = [new]
    cache.clear()
    assert second_step(sign_in(), code(secret))


def test_whoever_runs_buddy_can_take_a_lost_second_step_away(june: User) -> None:
    owner = sign_in()
    activated(owner)
    call_command("reset_two_step", "June@larkspur.example")
    assert not inside(owner)
    assert inside(sign_in())
    with pytest.raises(CommandError, match="Nobody signs in with"):
        call_command("reset_two_step", "nobody@larkspur.example")


# --- Sessions --------------------------------------------------------------------------------------------------------


def test_the_other_sessions_are_shown_and_ended(june: User) -> None:
    laptop = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
    here, there = sign_in(), sign_in(**{"User-Agent": laptop})
    page = here.get(reverse("usersessions_list")).content.decode()
    assert "Chrome on Windows" in page
    here.post(reverse("usersessions_list"))
    assert (inside(here), inside(there)) == (True, False)
    assert "signed in nowhere else" in here.get(reverse("usersessions_list")).content.decode()
