"""Settings, reviews and dialogs in a real browser: axe finds nothing, nothing is too wide, and keys answer reviews."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from playwright.sync_api import Page, expect

from buddy.hub import quality
from buddy.hub.quality import Review, ReviewKind, ReviewStatus
from buddy.hub.team import Organization, Role
from buddy.sync.models import Connection, Outcome, Run
from tests import makers as make
from tests.web import made
from tests.web.test_looks import LONG, SCREENS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STATES = {
    "healthy": {},
    "paused": {"paused_until": datetime.now(UTC) + timedelta(hours=1), "paused_reason": "QuickBooks is busy."},
    "ending": {"hard_expires_at": datetime.now(UTC) + timedelta(days=12, hours=1)},
    "first sync": {"first_synced_at": None},
    "broken": {"state": "reconnect", "reason": "June Lindqvist removed Buddy in QuickBooks."},
    "disconnected": {"state": "disconnected"},
}


class Visitor:
    """An admin at a browser of one size and theme."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.said: list[str] = []
        page.on("console", lambda message: self.said.append(message.text) if message.type == "error" else None)

    def open(self, name: str, *args: int) -> Page:
        self.page.goto(self.url + reverse(name, args=args))
        return self.page

    def look(self) -> None:
        found = [(one["id"], one["nodes"][0]["target"]) for one in Axe().run(self.page).response["violations"]]
        assert found == [], self.page.url
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{self.page.url} is too wide"
        assert self.said == []


@pytest.fixture
def organization(transactional_db: None) -> Iterator[Organization]:
    found = make.organization()
    with scope(organization=found):
        yield found


@pytest.fixture
def visitor(organization: Organization, live_server: Any, page: Page) -> Visitor:
    client = Client()
    client.force_login(make.member(Role.ADMIN, name=LONG[:150]).user)
    cookie = client.cookies["buddy_session"]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page.emulate_media(reduced_motion="reduce")
    return Visitor(page, live_server.url)


def on(visitor: Visitor, screen: str) -> None:
    width, height, theme = SCREENS[screen]
    visitor.page.set_viewport_size({"width": width, "height": height})
    visitor.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]


def questions(organization: Organization) -> list[Review]:
    """One of each kind, with values that strain the card."""
    one, other = make.customer(LONG[:190], email="a@" + "b" * 60 + ".example"), make.customer("Cafe Uberall")
    at = make.NOW.isoformat()
    fields = [
        {"name": "email", "label": "Email", "ours": LONG, "theirs": "", "agreed": LONG}
        | {"ours_by": LONG[:150], "ours_at": at, "theirs_at": at}
    ]
    reasons = [{"field": "email", "verdict": "differs", "text": f"Emails differ: {LONG} · {LONG}"}]
    candidates = [{"id": each.pk, "name": str(each), "score": 0.5, "reasons": reasons} for each in (one, other)]
    theirs = {"display_name": LONG, "email": "x" * 90, "billing_address": {"line1": "Y" * 200}}
    data = {
        ReviewKind.MATCH: {"candidates": candidates, "theirs": theirs},
        ReviewKind.UNLIKELY: {"candidates": candidates[:1], "theirs": theirs},
        ReviewKind.NEW: {"candidates": [], "theirs": theirs},
        ReviewKind.DIFFERENCE: {"fields": fields},
        ReviewKind.CONFLICT: {"fields": fields},
        ReviewKind.PROBLEM: {"explain": LONG},
        ReviewKind.DUPLICATE: {"explain": LONG, "others": [[other.pk, LONG]]},
    }
    for at, (kind, each) in enumerate(data.items()):
        quality.ask(
            organization,
            kind=kind,
            key=kind,
            entity="customer",
            title=LONG[:500],
            object_id=one.pk,
            their_id="58",
            money=10 - at,
            blocking=10 - at,
            data=each,
            now=make.NOW,
        )
    return list(Review.objects.order_by("-blocking"))


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("state", STATES)
def test_the_card_looks_right_in_every_state(
    visitor: Visitor, organization: Organization, settings: Any, screen: str, state: str
) -> None:
    on(visitor, screen)
    now = datetime.now(UTC)
    values = {"first_synced_at": now, "last_synced_at": now, "company_name": LONG[:200], **STATES[state]}
    Connection.objects.create(
        organization=organization, environment="sandbox", realm="9341452908713326", connected_at=now, **values
    )
    progress = {"Term": [7, 7], "Item": [40, 40], "Customer": [1_000, 100_000]}
    Run.objects.create(organization=organization, started_at=now, outcome=Outcome.RUNNING, progress=progress)
    visitor.open("integrations").get_by_role("heading", name="QuickBooks Online").wait_for()
    visitor.look()


@pytest.mark.parametrize("screen", SCREENS)
def test_settings_pages_look_right(visitor: Visitor, organization: Organization, screen: str) -> None:
    on(visitor, screen)
    make.term("On the 15th", kind="date", day_of_month=15, next_month_days=10)
    for name in ("integrations", "settings", "settings_organization", "settings_team", "settings_terms"):
        visitor.open(name)
        visitor.look()
    visitor.open("settings_terms_new")
    visitor.look()


@pytest.mark.parametrize("screen", SCREENS)
def test_every_kind_of_review_looks_right(visitor: Visitor, organization: Organization, screen: str) -> None:
    on(visitor, screen)
    for review in questions(organization):
        visitor.open("quality_review", review.pk)
        visitor.look()


@pytest.mark.parametrize("screen", SCREENS)
def test_dialogs_look_right_and_give_the_focus_back(visitor: Visitor, organization: Organization, screen: str) -> None:
    on(visitor, screen)
    customer = make.customer("Blue Heron Market")
    made.order(customer)
    page = visitor.open("customer", customer.pk)
    opener = page.get_by_role("link", name="Link or create")
    opener.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Link Blue Heron Market")).to_be_visible()
    visitor.look()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    page = visitor.open("orders")
    page.locator("tbody input[type=checkbox]").first.check()
    page.get_by_role("button", name="Create invoice").click()
    expect(dialog.get_by_text("QuickBooks is not connected.")).to_be_visible()
    visitor.look()


def test_letters_walk_through_the_reviews_and_answer_them(visitor: Visitor, organization: Organization) -> None:
    queue = questions(organization)
    page = visitor.open("quality_review", queue[0].pk)
    expect(page.locator("[data-review]")).to_be_focused()
    page.keyboard.press("j")
    expect(page).to_have_url(visitor.url + reverse("quality_review", args=[queue[1].pk]))
    page.keyboard.press("k")
    expect(page).to_have_url(visitor.url + reverse("quality_review", args=[queue[0].pk]))
    page.keyboard.press("n")
    expect(page).to_have_url(visitor.url + reverse("quality_review", args=[queue[1].pk]))
    expect(page.locator("[data-review]")).to_be_focused()
    queue[0].refresh_from_db()
    assert queue[0].status == ReviewStatus.DISMISSED


def test_the_keys_can_be_switched_off(visitor: Visitor, organization: Organization) -> None:
    queue = questions(organization)
    page = visitor.open("quality_review", queue[0].pk)
    page.keyboard.press("?")
    page.get_by_label("Use keys in this browser").uncheck()
    page.reload()
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    queue[0].refresh_from_db()
    assert queue[0].status == ReviewStatus.PENDING


def test_letters_answer_nothing_while_the_search_is_open(visitor: Visitor, organization: Organization) -> None:
    queue = questions(organization)
    page = visitor.open("quality_review", queue[0].pk)
    expect(page.locator("[data-review]")).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("custom")
    page.locator("#finder-answers a").first.wait_for()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#finder-answers a").first).to_be_focused()
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page).to_have_url(visitor.url + reverse("quality_review", args=[queue[1].pk]))
    queue[0].refresh_from_db()
    assert queue[0].status == ReviewStatus.PENDING
