"""Questions for a person: each asked once, answered once, and not again when nothing changed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from buddy.hub import activity, quality
from buddy.hub.errors import Refused
from buddy.hub.quality import Question, Review, ReviewKind, ReviewStatus
from buddy.hub.team import Organization
from tests import makers as make

pytestmark = pytest.mark.django_db


def question(key: str = "match:58", **fields: Any) -> Question:
    return Question(kind=ReviewKind.MATCH, key=key, entity="customer", title="Harbor Goods", **fields)


def ask(organization: Organization, *questions: Question) -> None:
    quality.ask_all(organization, questions, now=make.NOW)


def test_a_question_is_asked_once_and_kept_up_to_date(organization: Organization) -> None:
    quality.ask(organization, kind="match", key="match:58", entity="customer", title="Harbor Goods", now=make.NOW)
    ask(organization, question(money=Decimal(12), blocking=2, data={"rows": [1]}))
    review = Review.objects.get()
    assert (review.money, review.blocking, review.data, review.created_at) == (12, 2, {"rows": [1]}, make.NOW)


def test_a_dismissed_question_is_asked_again_only_when_what_was_compared_changed(organization: Organization) -> None:
    ask(organization, question(data={"fingerprint": "a"}))
    quality.settle(Review.objects.get(), decision={}, by=None, now=make.NOW, status=ReviewStatus.DISMISSED)
    ask(organization, question(data={"fingerprint": "a"}))
    assert Review.objects.count() == 1
    ask(organization, question(data={"fingerprint": "b"}))
    assert Review.objects.filter(status=ReviewStatus.PENDING).count() == 1


def test_a_dismissed_question_without_a_fingerprint_is_asked_again(organization: Organization) -> None:
    ask(organization, question())
    quality.settle(Review.objects.get(), decision={}, by=None, status=ReviewStatus.DISMISSED)
    ask(organization, question())
    assert Review.objects.count() == 2


def test_an_answer_is_written_down_and_given_once(organization: Organization) -> None:
    june = make.user()
    ask(organization, question())
    review, late = Review.objects.get(), Review.objects.get()
    quality.settle(review, decision={"link": 7}, by=june, now=make.NOW)
    assert (review.status, review.decision, review.settled_by) == (ReviewStatus.SETTLED, {"link": 7}, june)
    with pytest.raises(Refused, match="answered already"):
        quality.settle(late, decision={"link": 8}, by=None)
    [entry] = activity.of(organization, "review", review.pk)
    assert (entry.event, entry.note) == ("review.settled", "Harbor Goods")


def test_a_question_whose_reason_went_away_is_closed(organization: Organization) -> None:
    ask(organization, question(), question("match:59"))
    assert quality.overtake(organization, ["match:58", "match:1"], make.NOW) == 1
    assert Review.objects.get(key="match:58").status == ReviewStatus.OVERTAKEN
    assert Review.objects.get(key="match:59").status == ReviewStatus.PENDING


def test_organizations_are_asked_apart(organization: Organization) -> None:
    elsewhere = make.organization("Elsewhere")
    with scope(organization=elsewhere):
        ask(elsewhere, question())
    ask(organization, question())
    assert Review.objects.count() == 1
    assert quality.overtake(elsewhere, ["match:58"], make.NOW) == 0  # its rows are out of this scope


def test_put_off_it_stays_so_while_what_was_compared_stays(organization: Organization) -> None:
    ask(organization, question(data={"fingerprint": "a"}))
    quality.set_blocking(organization, {"match:58": 2})
    tomorrow = make.NOW + timedelta(days=1)
    quality.snooze(Review.objects.get(), until=tomorrow, by=None, now=make.NOW)
    ask(organization, question(money=Decimal(9), data={"fingerprint": "a", "score": 0.4}))
    quality.set_blocking(organization, {"match:58": 2})
    review = Review.objects.get()
    assert (review.money, review.data["score"], review.blocking, review.snoozed_until) == (9, 0.4, 2, tomorrow)
    ask(organization, question(data={"fingerprint": "b"}))
    assert Review.objects.get().snoozed_until is None


def test_asked_again_it_holds_up_as_much_as_before(organization: Organization) -> None:
    ask(organization, question())
    quality.set_blocking(organization, {"match:58": 2})
    ask(organization, question(money=Decimal(9)))
    assert Review.objects.get().blocking == 2


def test_many_questions_cost_as_many_queries_as_one(organization: Organization) -> None:
    def asked(count: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            ask(organization, *(question(f"{count}:{number}") for number in range(count)))
        return len(queries)

    assert asked(1) == asked(50)
