"""The first steps on the dashboard: what is offered, to whom, and that they tick themselves."""

from django.test import Client
from django.urls import reverse

from buddy.hub.team import Organization
from buddy.sync.models import Connection
from tests import makers as make
from tests.web import made


def shown(client: Client) -> list[tuple[str, bool, str]]:
    """Title, done, and where its button leads, of each step on the dashboard."""
    found = client.get(reverse("dashboard")).context["first_steps"]
    return [(step.title, step.done, step.address) for step in found]


def test_connecting_comes_first_and_steps_tick_themselves(admin: Client, organization: Organization) -> None:
    assert shown(admin) == [
        ("Connect QuickBooks", False, reverse("integrations")),
        ("Have products to sell", False, reverse("product_new")),
        ("Invite your team", False, reverse("settings_team")),
        ("Write the first order", False, reverse("order_new")),
    ]
    Connection.objects.create(organization=organization, environment="sandbox", realm="1", connected_at=make.NOW)
    make.product()
    make.invitation()
    assert [done for _, done, _ in shown(admin)] == [True, True, True, False]
    assert ", done</span>" in admin.get(reverse("dashboard")).content.decode()
    made.order(make.customer())
    assert shown(admin) == []


def test_what_only_an_admin_does_is_explained_to_an_editor(editor: Client, organization: Organization) -> None:
    steps = shown(editor)
    assert [title for title, _, address in steps if not address] == ["Connect QuickBooks", "Invite your team"]
    assert "An admin of your team does this." in editor.get(reverse("dashboard")).content.decode()


def test_who_may_change_nothing_is_not_asked_to(viewer: Client, organization: Organization) -> None:
    assert shown(viewer) == []


def test_they_are_hidden_for_one_person_and_can_be_brought_back(
    admin: Client, editor: Client, organization: Organization
) -> None:
    admin.post(reverse("first_steps_hide"))
    assert shown(admin) == []
    assert shown(editor)
    assert "Show the first steps" in admin.get(reverse("profile")).content.decode()
    admin.post(reverse("first_steps_show"))
    assert shown(admin)
