"""Data quality: what is asked, what each answer does on both sides, and who may answer."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from buddy.hub import activity, duplicates, quality
from buddy.hub.customers import Customer
from buddy.hub.outbox import Mark
from buddy.hub.quality import Review, ReviewKind, ReviewStatus
from buddy.hub.team import Organization
from buddy.sync import engine, rehearsal
from buddy.sync.models import Act, Connection, Link, Trouble
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync.conftest import REALM, sync
from tests.web import made
from tests.web.consent import connect

pytestmark = pytest.mark.django_db(transaction=True)


def answer(client: Client, review: Review, **said: str) -> Any:
    return client.post(reverse("quality_answer", args=[review.pk]), said, follow=True)


def ask(organization: Organization, kind: str = ReviewKind.PROBLEM, **values: Any) -> Review:
    key = values.pop("key", f"{kind}:{Review.objects.count()}")
    values = {"entity": "customer", "title": key, "now": make.NOW, **values}
    quality.ask(organization, kind=kind, key=key, **values)
    return Review.objects.get(key=key)


def begin(admin: Client, sim: Simulator, organization: Organization) -> None:
    """Connected, and the plan of the first sync approved where it is certain."""
    connect(admin, sim, REALM)
    sync(organization)
    by = Connection.objects.get().connected_by
    assert by
    rehearsal.approve(organization, (Act.LINK, Act.CREATE_HERE), by=by)
    sync(organization)


@pytest.fixture
def match(admin: Client, sim: Simulator, company: Company, organization: Organization) -> Review:
    """QuickBooks has a customer that may be one of ours: same phone, another email."""
    make.customer("Finch & Daughters", email="orders@finch.example", phone="(802) 555-0117")
    company.create(
        "Customer",
        {
            "DisplayName": "Finch and Daughters LLC",
            "PrimaryEmailAddr": {"Address": "accounts@finch-llc.example"},
            "PrimaryPhone": {"FreeFormNumber": "802.555.0117"},
        },
    )
    begin(admin, sim, organization)
    return Review.objects.get(kind=ReviewKind.MATCH)


@pytest.fixture
def difference(admin: Client, sim: Simulator, company: Company, organization: Organization) -> Review:
    """Linked by email at the first sync, with another phone on each side."""
    mobile = "(206) 555-0177"
    make.customer("Hotel Albion", email="ap@albion.example", phone="(206) 555-0101", mobile=mobile)
    company.create(
        "Customer",
        {
            "DisplayName": "Hotel Albion",
            "PrimaryEmailAddr": {"Address": "ap@albion.example"},
            "PrimaryPhone": {"FreeFormNumber": "(206) 555-0199"},
            "Mobile": {"FreeFormNumber": mobile},
            "Taxable": True,
        },
    )
    begin(admin, sim, organization)
    return Review.objects.get(kind=ReviewKind.DIFFERENCE)


# --- Match? ----------------------------------------------------------------------------------------------------------


def test_a_match_shows_both_sides_and_why_it_is_asked(editor: Client, match: Review) -> None:
    page = editor.get(reverse("quality")).content.decode()
    assert "Is this QuickBooks customer one of yours?" in page
    assert "Same phone number" in page
    assert "orders@finch.example" in page
    assert "accounts@finch-llc.example" in page
    assert re.search(r"Finch <mark>.*</mark>", page)


def test_linking_joins_the_two_and_goes_on(editor: Client, match: Review) -> None:
    ours = Customer.objects.get()
    said = answer(editor, match, answer="link", customer=str(ours.pk))
    assert "is linked" in said.content.decode()
    assert Link.objects.get(kind="customer").object_id == ours.pk
    assert not Review.objects.filter(pk=match.pk, status=ReviewStatus.PENDING).exists()


def test_creating_makes_a_second_customer(editor: Client, match: Review) -> None:
    answer(editor, match, answer="create")
    assert set(Customer.objects.values_list("display_name", flat=True)) == {
        "Finch & Daughters",
        "Finch and Daughters LLC",
    }


def test_leaving_it_out_changes_no_side_and_can_be_taken_back(editor: Client, match: Review) -> None:
    said = answer(editor, match, answer="dismiss")
    assert "Put aside" in said.content.decode()
    assert not Link.objects.filter(kind="customer").exists()
    assert Customer.objects.count() == 1
    assert "Ask again" in editor.get(reverse("quality_review", args=[match.pk])).content.decode()
    answer(editor, match, answer="reopen")
    match.refresh_from_db()
    assert match.status == ReviewStatus.PENDING


def test_what_is_open_again_by_itself_is_not_opened_twice(editor: Client, organization: Organization) -> None:
    review = ask(organization, key="twice", data={"fingerprint": "before"})
    answer(editor, review, answer="dismiss")
    quality.ask(
        organization,
        kind=ReviewKind.PROBLEM,
        key="twice",
        entity="customer",
        title="twice",
        data={"fingerprint": "after"},
        now=make.NOW,
    )
    said = answer(editor, review, answer="reopen")
    assert "cannot be asked again" in said.content.decode()
    assert Review.objects.filter(key="twice", status=ReviewStatus.PENDING).count() == 1


def test_linking_needs_a_choice(editor: Client, match: Review) -> None:
    said = answer(editor, match, answer="link")
    assert "Choose which customer of Buddy it is" in said.content.decode()
    assert not Link.objects.filter(kind="customer").exists()


def test_an_answer_that_came_too_late_is_said_and_changes_nothing(editor: Client, match: Review) -> None:
    ours = Customer.objects.get()
    answer(editor, match, answer="link", customer=str(ours.pk))
    said = answer(editor, match, answer="create")
    assert "Nothing was changed" in said.content.decode()
    assert Customer.objects.count() == 1


def test_the_candidate_of_the_address_is_the_one_compared(
    editor: Client, match: Review, organization: Organization
) -> None:
    other = make.customer("Finchley Market", email="hello@finchley.example")
    match.data["candidates"].append({"id": other.pk, "name": "Finchley Market", "score": 0.1, "reasons": []})
    match.save()
    page = editor.get(reverse("quality_review", args=[match.pk]), {"candidate": other.pk}).content.decode()
    assert "hello@<wbr>finchley.example" in page
    assert f'name="customer" value="{other.pk}"' in page


# --- Different values ------------------------------------------------------------------------------------------------


def test_the_chosen_value_of_quickbooks_comes_here(editor: Client, difference: Review) -> None:
    answer(editor, difference, **{"answer": "settle", "use-phone": "theirs"})
    assert Customer.objects.get().phone == "(206) 555-0199"
    difference.refresh_from_db()
    assert difference.status == ReviewStatus.SETTLED


def test_the_chosen_value_of_buddy_goes_there(
    editor: Client, difference: Review, company: Company, organization: Organization
) -> None:
    answer(editor, difference, **{"answer": "settle", "use-phone": "ours"})
    sync(organization)
    theirs = company.get("Customer", difference.their_id)
    assert theirs["PrimaryPhone"]["FreeFormNumber"] == "(206) 555-0101"
    assert Customer.objects.get().phone == "(206) 555-0101"


def test_all_of_one_side_is_one_button(editor: Client, difference: Review) -> None:
    answer(editor, difference, answer="settle", all="theirs")
    assert Customer.objects.get().phone == "(206) 555-0199"


def test_a_field_without_a_choice_settles_nothing(editor: Client, difference: Review) -> None:
    said = answer(editor, difference, answer="settle")
    assert "Choose a side for each field" in said.content.decode()
    difference.refresh_from_db()
    assert difference.status == ReviewStatus.PENDING


def test_a_conflict_shows_what_was_last_agreed(editor: Client, difference: Review, organization: Organization) -> None:
    difference.kind = ReviewKind.CONFLICT
    difference.data["fields"][0]["agreed"] = "(206) 555-0000"
    difference.save()
    page = editor.get(reverse("quality_review", args=[difference.pk])).content.decode()
    assert "Both sides changed the same fields" in page
    assert "Last agreed: (206) 555-0000" in page


def test_a_conflict_tells_who_wrote_the_values_and_once_settled_which_one_holds(
    editor: Client, difference: Review, organization: Organization
) -> None:
    [field] = difference.data["fields"]
    at = make.NOW.isoformat()
    difference.kind = ReviewKind.CONFLICT
    difference.data["fields"] = [{**field, "ours_by": "June Lindqvist", "ours_at": at, "theirs_at": at}]
    difference.save()
    page = editor.get(reverse("quality_review", args=[difference.pk])).content.decode()
    assert "June Lindqvist, <time" in page
    assert "Changed in QuickBooks <time" in page
    answer(editor, difference, **{"answer": "settle", "use-phone": "theirs"})
    page = editor.get(reverse("quality_review", args=[difference.pk])).content.decode()
    cells = re.findall(r"<td.*?</td>", page, re.DOTALL)
    assert ["Holds" in cell for cell in cells] == [False, True]


# --- Sync problem, possible duplicate --------------------------------------------------------------------------------


def test_a_problem_tells_what_is_wrong_and_can_be_put_aside(editor: Client, organization: Organization) -> None:
    review = ask(organization, data={"explain": "The orders of invoice 1042 are invoiced twice."})
    assert "are invoiced twice" in editor.get(reverse("quality")).content.decode()
    answer(editor, review, answer="dismiss")
    review.refresh_from_db()
    assert review.status == ReviewStatus.DISMISSED


def test_a_duplicate_leads_to_both_customers(editor: Client, organization: Organization) -> None:
    one, other = make.customer("Café Überall"), make.customer("Cafe Uberall")
    data = {"explain": "These two were merged in QuickBooks.", "others": [[other.pk, "Cafe Uberall"]]}
    ask(organization, ReviewKind.DUPLICATE, object_id=one.pk, data=data)
    page = editor.get(reverse("quality")).content.decode()
    assert reverse("customer", args=[one.pk]) in page
    assert reverse("customer", args=[other.pk]) in page


def twins(editor: Client, organization: Organization, **fields: Any) -> tuple[Customer, Customer, Review]:
    """Two customers that a look through all of them asks about."""
    phone = "503-555-0142"
    one = make.customer("Hotel Albion", phone=phone, email="ap@albion.example", **fields)
    other = make.customer("Hotel Albion LLC", phone=phone, email="kitchen@albion.example", **fields)
    editor.post(reverse("quality_look"))
    duplicates.scan(organization, now=timezone.now())
    return one, other, Review.objects.get(kind=ReviewKind.DUPLICATE)


def test_two_that_may_be_one_stand_side_by_side_and_are_merged_from_there(
    editor: Client, organization: Organization
) -> None:
    one, other, review = twins(editor, organization)
    page = editor.get(reverse("quality_review", args=[review.pk])).content.decode()
    assert "Same phone number" in page
    assert "Hotel Albion <mark>LLC</mark>" in page
    address = reverse("customer_merge", args=[one.pk, other.pk]) + f"?review={review.pk}"
    assert f'formaction="{address}"' in page
    said = editor.post(address, {"use-email": "gone"}, follow=True)
    assert said.redirect_chain == [(reverse("quality"), 302)]
    assert Customer.objects.get().email == "kitchen@albion.example, ap@albion.example"
    assert not Review.objects.filter(status=ReviewStatus.PENDING).exists()


def test_the_one_that_quickbooks_knows_is_suggested_to_stay_and_the_other_can(
    editor: Client, organization: Organization
) -> None:
    one, other, review = twins(editor, organization)
    made.link("customer", other.pk, "58")
    page = editor.get(reverse("quality_review", args=[review.pk])).content.decode()
    assert reverse("customer_merge", args=[other.pk, one.pk]) in page
    page = editor.get(reverse("quality_review", args=[review.pk]), {"candidate": f"{one.pk}-{other.pk}"})
    assert reverse("customer_merge", args=[one.pk, other.pk]) in page.content.decode()


def test_two_that_quickbooks_knows_are_explained_and_not_merged_here(
    editor: Client, organization: Organization
) -> None:
    one, other, review = twins(editor, organization)
    made.link("customer", one.pk, "57")
    made.link("customer", other.pk, "58")
    page = editor.get(reverse("quality_review", args=[review.pk])).content.decode()
    assert "Merge the two in QuickBooks first" in page
    assert 'data-key="m"' not in page


def test_of_three_any_two_can_be_compared(editor: Client, organization: Organization) -> None:
    third = make.customer("Albion Hotel", phone="503-555-0142")
    one, _, review = twins(editor, organization)
    page = editor.get(reverse("quality_review", args=[review.pk]), {"candidate": f"{third.pk}-{one.pk}"})
    assert page.content.decode().count('aria-label="Which two are compared"') == 1
    assert reverse("customer_merge", args=[third.pk, one.pk]) in page.content.decode()
    for nonsense in ("7", "x-y", f"{one.pk}-{one.pk}", "999999-1"):
        page = editor.get(reverse("quality_review", args=[review.pk]), {"candidate": nonsense})
        assert page.status_code == 200


# --- Put off, and accepted together ----------------------------------------------------------------------------------


def test_put_off_it_is_gone_until_tomorrow_or_until_it_changes(editor: Client, organization: Organization) -> None:
    def waiting(**query: str) -> list[str]:
        page = editor.get(reverse("quality"), query)
        assert page.context["reviews_waiting"] == quality.to_do(organization, now=timezone.now()).count()
        return [row.key for row in page.context["queue"]]

    review = ask(organization, key="name:customer:1", data={"fingerprint": "before"})
    said = answer(editor, review, answer="later")
    assert "is put off" in said.content.decode()
    assert (waiting(), waiting(status="later")) == ([], [review.key])
    review.refresh_from_db()
    until = review.snoozed_until
    assert until
    assert timezone.now() < until < timezone.now() + timedelta(days=2)
    assert list(quality.to_do(organization, now=until)) == [review]
    same = {"kind": review.kind, "key": review.key, "entity": "customer", "title": review.title, "now": make.NOW}
    quality.ask(organization, **same, data={"fingerprint": "before"})
    assert waiting() == []
    quality.ask(organization, **same, data={"fingerprint": "after"})
    assert waiting() == [review.key]
    answer(editor, review, answer="later", until="week")
    answer(editor, review, answer="reopen")
    assert waiting() == [review.key]
    events = [entry.event for entry in activity.of(organization, "review", review.pk)]
    assert events == ["review.reopened", "review.snoozed", "review.snoozed"]


def test_it_comes_back_when_more_waits_for_it(editor: Client, organization: Organization) -> None:
    review = ask(organization, blocking=1)
    answer(editor, review, answer="later", until="week")
    quality.set_blocking(organization, {review.key: 1})
    assert not quality.to_do(organization, now=timezone.now())
    quality.set_blocking(organization, {review.key: 2})
    assert quality.to_do(organization, now=timezone.now())


def test_all_with_the_same_reason_are_accepted_after_a_look_at_what_happens(
    editor: Client, viewer: Client, organization: Organization
) -> None:
    for number, name in enumerate(["Xavier Market", "Yolanda Dairy"]):
        contact = {"phone": f"503-555-014{number}", "email": f"ap@market-{number}.example"}
        make.customer(name, **contact)
        make.customer(f"{name} LLC", **contact)
    editor.post(reverse("quality_look"))
    duplicates.scan(organization, now=timezone.now())
    review = Review.objects.earliest("pk")
    assert "Accept 2 with the same reason" in editor.get(reverse("quality")).content.decode()
    assert "Accept 2" not in viewer.get(reverse("quality")).content.decode()
    address = reverse("quality_accept", args=[review.pk])
    assert "Merge 2" in editor.get(address).content.decode()
    assert Customer.objects.count() == 4
    said = editor.post(address, follow=True)
    assert "0 of 2 merged so far" in said.content.decode()
    engine.run(organization.pk)
    progress = said.redirect_chain[0][0]
    assert "2 of 2 merged" in editor.get(progress, headers={"HX-Request": "true"}).content.decode()
    assert Customer.objects.count() == 2
    editor.post(progress + "undo/")
    engine.run(organization.pk)
    assert "2 of 2 taken back" in editor.get(progress).content.decode()
    assert Customer.objects.count() == 4


# --- The queue -------------------------------------------------------------------------------------------------------


def test_answered_this_week_counts_what_people_answered(editor: Client, organization: Organization) -> None:
    """Not what the organization had chosen beforehand."""
    for by in (None, make.member("editor").user):
        quality.settle(ask(organization, key=f"by:{by}"), decision={}, by=by)
    ask(organization)
    assert "1 answered this week, 1 to do" in editor.get(reverse("quality")).content.decode()


def test_blocked_work_comes_first_then_money(editor: Client, organization: Organization) -> None:
    ask(organization, key="little", money=Decimal(5))
    ask(organization, key="much", money=Decimal(900))
    ask(organization, key="blocking", blocking=2)
    queue = editor.get(reverse("quality")).context["queue"]
    assert [row.key for row in queue] == ["blocking", "much", "little"]


def test_the_queue_is_narrowed_by_kind_and_by_what_was_answered(editor: Client, organization: Organization) -> None:
    ask(organization, key="problem")
    ask(organization, ReviewKind.DUPLICATE, key="duplicate")
    done = ask(organization, key="done")
    answer(editor, done, answer="dismiss")

    def shown(**query: str) -> list[str]:
        return sorted(row.key for row in editor.get(reverse("quality"), query).context["queue"])

    assert shown() == ["duplicate", "problem"]
    assert shown(kind="duplicate") == ["duplicate"]
    assert shown(status="done") == ["done"]


def test_the_queue_is_narrowed_by_what_it_is_about_and_by_what_is_at_stake(
    editor: Client, organization: Organization
) -> None:
    ask(organization, key="high", blocking=1, money=Decimal(5))
    ask(organization, key="money", money=Decimal(5))
    ask(organization, key="low", entity="product")

    def shown(**query: str) -> list[str]:
        return [row.key for row in editor.get(reverse("quality"), query).context["queue"]]

    assert [shown(priority=each) for each in ("high", "money", "low")] == [["high"], ["money"], ["low"]]
    assert shown(entity="product") == ["low"]
    assert shown(entity="product", priority="high") == []
    assert shown(entity="nonsense", kind="nonsense") == ["high", "money", "low"]


def test_a_long_queue_is_turned_over_by_key_and_nothing_is_left_out(
    editor: Client, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("buddy.web.quality.QUEUE_LENGTH", 2)
    for at, (blocking, money) in enumerate([(2, 0), (1, 9), (1, 9), (1, 3), (0, 9), (0, 0), (0, 0)]):
        ask(organization, key=str(at), blocking=blocking, money=Decimal(money))
    seen: list[str] = []
    after = 0
    for _ in range(4):
        context = editor.get(reverse("quality"), {"after": after}).context
        seen += [row.key for row in context["queue"]]
        after = context["more"]
    assert seen == list("0123456")
    assert after == 0


def test_after_an_answer_the_next_card_is_open_and_the_filter_stays(editor: Client, organization: Organization) -> None:
    first, second, third = (ask(organization, key=key, blocking=3 - at) for at, key in enumerate("abc"))
    said = editor.post(reverse("quality_answer", args=[second.pk]) + "?kind=problem", {"answer": "dismiss"})
    assert said["Location"] == reverse("quality_review", args=[third.pk]) + "?kind=problem"
    said = editor.post(reverse("quality_answer", args=[third.pk]), {"answer": "dismiss"})
    assert said["Location"] == reverse("quality_review", args=[first.pk])


def test_the_number_of_queries_does_not_grow_with_the_queue(editor: Client, match: Review) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            editor.get(reverse("quality_review", args=[match.pk]))
        return len(seen)

    queries()  # what is cached is warm
    few = queries()
    for number in range(20):
        ask(match.organization, key=f"more {number}")
    assert queries() == few


def test_a_viewer_reads_and_cannot_answer(viewer: Client, match: Review) -> None:
    page = viewer.get(reverse("quality")).content.decode()
    assert "You can look, not answer" in page
    assert viewer.post(reverse("quality_answer", args=[match.pk]), {"answer": "create"}).status_code == 403
    assert Customer.objects.count() == 1


def test_a_review_of_another_organization_does_not_exist_here(editor: Client, organization: Organization) -> None:
    other = make.organization("Quayside Bakery Supply")
    with scope(organization=other):
        theirs = ask(other)
    assert editor.get(reverse("quality_review", args=[theirs.pk])).status_code == 404
    assert editor.post(reverse("quality_answer", args=[theirs.pk]), {"answer": "dismiss"}).status_code == 404


def test_an_unknown_answer_is_a_bad_request(editor: Client, organization: Organization) -> None:
    assert editor.post(reverse("quality_answer", args=[ask(organization).pk]), {"answer": "?"}).status_code == 400


def test_nothing_to_do_is_said(editor: Client, organization: Organization) -> None:
    assert "Nothing waits for you" in editor.get(reverse("quality")).content.decode()


# --- What holds things up, and names that are taken -------------------------------------------------------------------


def stuck(organization: Organization, cause: str, *, kind: str = "customer", pk: int = 1) -> Trouble:
    reason = "The books are closed for this date in QuickBooks. Choose a later date."
    return Trouble.objects.create(
        organization=organization, kind=kind, object_id=pk, cause=cause, reason=reason, since=make.NOW
    )


def test_the_causes_stand_above_the_questions_each_with_its_button(
    organization: Organization, editor: Client, viewer: Client
) -> None:
    product = make.product("Dark Roast 1 kg")
    for _ in range(2):
        stuck(organization, f"product:{product.pk}", pk=make.customer().pk)
        stuck(organization, "fault:6200", pk=make.customer("Hotel Albion").pk)
    page = editor.get(reverse("quality")).content.decode()
    assert "2 customers wait for the item “Dark Roast 1 kg”" in page
    assert "2 customers wait: The books are closed for this date in QuickBooks" in page
    assert f'hx-get="{reverse("product_link", args=[product.pk])}"' in page
    assert "Hotel Albion" in page
    assert "Try again" in page
    assert "Try again" not in viewer.get(reverse("quality")).content.decode()
    assert "What holds things up" not in editor.get(reverse("quality") + "?kind=match").content.decode()
    assert "What holds things up" in editor.get(reverse("quality") + "?kind=problem").content.decode()


def test_try_again_marks_all_that_one_cause_held_and_says_how_many(organization: Organization, editor: Client) -> None:
    held = [stuck(organization, "fault:6200", pk=make.customer().pk) for _ in range(2)]
    stuck(organization, "fault:2080", pk=make.customer().pk)
    said = {"cause": "fault:6200", "back": "/data-quality/?kind=problem"}
    answered = editor.post(reverse("cause_retry"), said, follow=True)
    assert answered.redirect_chain == [("/data-quality/?kind=problem", 302)]
    assert "2 are on the way to QuickBooks again" in answered.content.decode()
    assert set(Mark.objects.values_list("object_id", flat=True)) == {row.object_id for row in held}
    assert Trouble.objects.get().cause == "fault:2080"
    again = editor.post(reverse("cause_retry"), {"cause": "fault:6200", "back": "https://evil.example/"}, follow=True)
    assert again.redirect_chain == [(reverse("quality"), 302)]
    assert "Nothing waits for this any more" in again.content.decode()


def taken(organization: Organization, customer: Customer, *, their_id: str = "", active: bool = True) -> Review:
    entity = "Customer" if their_id else "Vendor"
    holder = {"entity": entity, "id": their_id or "7", "name": customer.display_name, "active": active}
    data = {"explain": "It is taken.", "holders": [holder], "free": f"{customer} (Customer)"}
    key = f"name:customer:{customer.pk}"
    return ask(organization, key=key, title=str(customer), object_id=customer.pk, their_id=their_id, data=data)


def test_a_name_that_a_vendor_has_offers_another_and_sends_it(organization: Organization, editor: Client) -> None:
    customer = make.customer("Albion Supplies")
    review = taken(organization, customer)
    page = editor.get(reverse("quality_review", args=[review.pk])).content.decode()
    assert "Vendor in QuickBooks" in page
    assert 'value="Albion Supplies (Customer)"' in page
    assert 'value="link"' not in page
    assert "Choose another one" in answer(editor, review, answer="rename", name="Albion Supplies").content.decode()
    assert "A name cannot hold a colon" in answer(editor, review, answer="rename", name="A: B").content.decode()
    assert Review.objects.get().status == ReviewStatus.PENDING
    answer(editor, review, answer="rename", name="Albion Wholesale")
    customer.refresh_from_db()
    assert customer.display_name == "Albion Wholesale"
    assert Mark.objects.get().object_id == customer.pk
    assert Review.objects.get().status == ReviewStatus.SETTLED


def test_a_name_that_a_customer_has_offers_to_link_or_to_reactivate_it(
    organization: Organization, editor: Client
) -> None:
    active = taken(organization, make.customer("Albion"), their_id="58")
    page = editor.get(reverse("quality_review", args=[active.pk])).content.decode()
    assert 'value="link"' in page
    inactive = taken(organization, make.customer("Salem"), their_id="59", active=False)
    page = editor.get(reverse("quality_review", args=[inactive.pk])).content.decode()
    assert 'value="reactivate"' in page
    assert 'value="link"' not in page
    assert "Customer, inactive in QuickBooks" in page
    made.link("customer", make.customer().pk, "59")
    page = editor.get(reverse("quality_review", args=[inactive.pk])).content.decode()
    assert 'value="reactivate"' not in page
    assert "The customer it is linked to" in page


def test_invoices_in_closed_books_are_moved_by_the_button_of_their_cause(
    organization: Organization, editor: Client
) -> None:
    invoice = make.invoice()
    Connection.objects.create(
        organization=organization,
        environment="sandbox",
        realm="1",
        connected_at=make.NOW,
        facts={"closed_through": "2026-11-30"},
    )
    stuck(organization, "closed:2026-11-30", kind="invoice", pk=invoice.pk)
    page = editor.get(reverse("quality")).content.decode()
    assert "Move to Dec 1" in page
    assert 'name="move" value="1"' in page
    said = editor.post(reverse("cause_retry"), {"cause": "closed:2026-11-30", "move": "1"}, follow=True)
    assert "1 is on the way to QuickBooks again" in said.content.decode()
    invoice.refresh_from_db()
    assert invoice.invoice_date == date(2026, 12, 1)
