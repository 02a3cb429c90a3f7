"""One organization never sees another's rows: through the ORM, and on PostgreSQL not by raw statements either (R27)."""

from typing import Any

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction
from django_scopes import scopes_disabled

from buddy.hub.customers import Customer
from buddy.hub.scoping import scope
from buddy.hub.team import Organization
from tests import makers as make

TABLES = [
    model
    for model in apps.get_models()
    if model._meta.app_label in ("hub", "sync")
    and any(field.attname == "organization_id" for field in model._meta.concrete_fields)
]


@pytest.fixture
def two(db: None) -> tuple[Organization, Organization]:
    """Two organizations with a customer each."""
    made = make.organization("Larkspur"), make.organization("Quayside")
    for each in made:
        with scope(each):
            make.customer(f"Deli of {each}")
    return made


def names() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT display_name FROM hub_customer ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


def test_a_scope_without_an_organization_is_refused() -> None:
    with pytest.raises(TypeError):
        scope(None)  # type: ignore[arg-type]


def test_a_scope_shows_its_own_rows_only(two: tuple[Organization, Organization]) -> None:
    with scope(two[0]):
        assert [row.display_name for row in Customer.objects.all()] == ["Deli of Larkspur"]


def test_raw_statements_see_the_scopes_rows_only(postgres: None, two: tuple[Organization, Organization]) -> None:
    with scope(two[0]):
        assert names() == ["Deli of Larkspur"]
    with scope(two[1]):
        assert names() == ["Deli of Quayside"]


def test_outside_any_scope_nothing_is_seen(postgres: None, two: tuple[Organization, Organization]) -> None:
    assert names() == []


def test_with_scopes_disabled_everything_is_seen(postgres: None, two: tuple[Organization, Organization]) -> None:
    with scopes_disabled():
        assert names() == ["Deli of Larkspur", "Deli of Quayside"]


def test_rows_of_another_organization_cannot_be_written(postgres: None, two: tuple[Organization, Organization]) -> None:
    with scope(two[0]), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Customer.objects.bulk_create(
            [Customer(organization=two[1], display_name="Stray", created_at=make.NOW, updated_at=make.NOW)]
        )


def test_the_wall_stands_again_after_a_rollback(postgres: None, two: tuple[Organization, Organization]) -> None:
    with scope(two[0]):
        with transaction.atomic():
            with scope(two[1]):
                assert names() == ["Deli of Quayside"]
            transaction.set_rollback(True)
        assert names() == ["Deli of Larkspur"]


@pytest.mark.django_db(transaction=True)
def test_the_wall_follows_across_real_transactions(postgres: None) -> None:
    first, second = make.organization("Larkspur"), make.organization("Quayside")
    with scope(first):
        make.customer("Deli of Larkspur")
    with scope(second), transaction.atomic():
        assert names() == []
        with scope(first):
            assert names() == ["Deli of Larkspur"]
        assert names() == []
    with scope(first):
        assert names() == ["Deli of Larkspur"]
    assert names() == []


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_every_table_with_an_organization_is_walled(postgres: None, db: None, model: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = %s", [model._meta.db_table]
        )
        assert cursor.fetchone() == (True,)
