"""Lists: pages by key, counts that stop, sorting and searching."""

from decimal import Decimal

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from buddy.hub.customers import Customer
from buddy.web import lists
from tests import makers as make


def names(answer: object) -> list[str]:
    return [str(row) for row in answer.context["page"].rows]  # type: ignore[attr-defined]


@pytest.fixture
def hundred_and_twenty(organization: object) -> list[str]:
    for number in range(120):
        make.customer(f"Shop {number:03}", balance=Decimal(number // 10))
    return [f"Shop {number:03}" for number in range(120)]


@pytest.mark.parametrize("sort", ["name", "-name", "balance", "-balance"])
def test_next_and_previous_walk_over_every_row_once(hundred_and_twenty: list[str], viewer: Client, sort: str) -> None:
    base = reverse("customers")
    first = viewer.get(base, {"sort": sort})
    second = viewer.get(base + first.context["page"].next)
    third = viewer.get(base + second.context["page"].next)
    seen = names(first) + names(second) + names(third)
    assert sorted(seen) == hundred_and_twenty
    assert third.context["page"].next == ""
    back = viewer.get(base + third.context["page"].previous)
    assert names(back) == names(second)
    again = viewer.get(base + back.context["page"].previous)
    assert names(again) == names(first)
    assert again.context["page"].previous == ""


def test_pages_say_where_they_stand(hundred_and_twenty: list[str], viewer: Client) -> None:
    second = viewer.get(reverse("customers") + viewer.get(reverse("customers")).context["page"].next)
    assert "51–100 of 120" in second.content.decode()


def test_rows_that_share_the_sort_value_are_neither_lost_nor_repeated(viewer: Client) -> None:
    """All have the same balance: only the id tells them apart."""
    for _ in range(60):
        make.customer()
    base = reverse("customers")
    first = viewer.get(base, {"sort": "-balance"})
    second = viewer.get(base + first.context["page"].next)
    ids = [row.pk for page in (first, second) for row in page.context["page"].rows]
    assert len(ids) == len(set(ids)) == 60


def test_a_row_added_meanwhile_does_not_shift_the_next_page(hundred_and_twenty: list[str], viewer: Client) -> None:
    first = viewer.get(reverse("customers"))
    make.customer("Aardvark")
    second = viewer.get(reverse("customers") + first.context["page"].next)
    assert names(second)[0] == "Shop 050"


@pytest.mark.parametrize("key", ["nonsense", "", "W10", "eyJhIjoxfQ", "WyJ4Il0", "%00"])
def test_a_broken_key_begins_at_the_first_page(hundred_and_twenty: list[str], viewer: Client, key: str) -> None:
    answer = viewer.get(reverse("customers"), {"after": key})
    assert names(answer)[0] == "Shop 000"


def test_counting_stops_beyond_ten_thousand(organization: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "COUNT_LIMIT", 5)
    for _ in range(8):
        make.customer(balance=Decimal(1))
    rows = Customer.objects.all()
    assert lists.count(rows) == 6
    assert lists.counted(6) == "5+"
    assert lists.totals(rows, "balance", number=6) == []


def test_sums_never_mix_currencies(organization: object) -> None:
    make.customer(balance=Decimal("1.10"))
    make.customer(balance=Decimal("2.20"))
    make.customer(balance=Decimal("3.00"), currency="EUR")
    assert lists.sums(Customer.objects.all(), "balance") == [("EUR", Decimal("3.00")), ("USD", Decimal("3.30"))]


def test_changing_a_filter_returns_to_the_first_page() -> None:
    query = QueryDict("q=heron&after=abc&from=51&sort=name")
    assert lists.with_query(query, sort="-name") == "?q=heron&sort=-name"


def test_htmx_gets_only_the_results_and_caches_can_tell(hundred_and_twenty: list[str], viewer: Client) -> None:
    part = viewer.get(reverse("customers"), {"q": "Shop 00"}, headers={"HX-Request": "true"})
    text = part.content.decode()
    assert "<html" not in text
    assert 'id="results"' in text
    assert 'id="chips" hx-swap-oob="true"' in text
    assert "HX-Request" in part["Vary"]


def test_a_page_restored_from_history_comes_whole(viewer: Client) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in viewer.get(reverse("customers"), headers=headers).content.decode()


@pytest.mark.parametrize(
    "query", ["q=%00", "customer=" + "9" * 40, "after=WyJ4IiwgMTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDBd", "from=" + "9" * 40,
              "status=%00", "dated_after=0000-00-00", "view=%00", "sort=id", "customer=1e999"]
)  # fmt: skip
@pytest.mark.parametrize("name", ["customers", "products", "orders", "invoices"])
def test_no_address_of_a_list_breaks_it(organization: object, viewer: Client, name: str, query: str) -> None:
    assert viewer.get(f"{reverse(name)}?{query}").status_code == 200
