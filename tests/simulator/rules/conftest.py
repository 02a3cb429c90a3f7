"""What nearly every rule begins with."""

import pytest

from tests.simulator.caller import Api, Body, sale


@pytest.fixture
def customer(api: Api) -> Body:
    return api.customer()


@pytest.fixture
def item(api: Api) -> Body:
    return api.item()


@pytest.fixture
def invoice(api: Api, customer: Body, item: Body) -> Body:
    """100.00, unpaid."""
    return api.invoice(customer, sale(item, 100))
