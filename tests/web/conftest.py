"""Browsers of people with a role. The organization's scope is active in the test; requests set their own."""

from collections.abc import Callable

import pytest
from django.test import Client

from buddy.hub.team import Organization, Role
from tests import makers as make
from tests.sync.conftest import company, sim

SignIn = Callable[..., Client]

__all__ = ["company", "sim"]  # QuickBooks in this process


@pytest.fixture
def sign_in(organization: Organization) -> SignIn:
    """`sign_in(role, of=…)`: a new member with this role, and their browser."""

    def with_role(role: str = Role.EDITOR, *, of: Organization | None = None) -> Client:
        client = Client()
        client.force_login(make.member(role, of=of or organization).user)
        return client

    return with_role


@pytest.fixture
def editor(sign_in: SignIn) -> Client:
    return sign_in(Role.EDITOR)


@pytest.fixture
def viewer(sign_in: SignIn) -> Client:
    return sign_in(Role.VIEWER)


@pytest.fixture
def admin(sign_in: SignIn) -> Client:
    return sign_in(Role.ADMIN)
