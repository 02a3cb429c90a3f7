"""Large books are made by copies; they must be what the rules would have made (issue 3: 100,000 and 100,000)."""

from decimal import Decimal

from simulator import seeding
from simulator.app import Simulator
from simulator.company import Company
from simulator.rendering import shown
from simulator.seeding import ROUND, seed

SIZE = ROUND + 4


def test_copies_are_what_the_rules_would_make(sim: Simulator) -> None:
    """One company seeded past the first round, one whose every record the rules made: no difference."""
    copied, ruled = sim.add_company("Copied"), sim.add_company("Ruled")
    seed(copied, SIZE)
    _seed_by_rules(ruled, SIZE)
    for entity in ("Customer", "Invoice", "Payment"):
        assert [_bare(copied, entity, id) for id in _ids(copied, entity)] == [
            _bare(ruled, entity, id) for id in _ids(ruled, entity)
        ]


def _seed_by_rules(company: Company, size: int) -> None:
    """The same, with a round so long that nothing is copied."""
    with company.acting() as books:
        items = [seeding.writing.create(books, seeding.ITEM, seeding._item(n)).id for n in range(1, 41)]
        for number in range(1, size + 1):
            seeding._mold(books, items, number)


def _ids(company: Company, entity: str) -> list[str]:
    return list(company.books.tables[entity].records)


def _bare(company: Company, entity: str, id: str) -> dict[str, object]:
    record = company.books.tables[entity].records[id]
    return {name: value for name, value in shown(company.books, record).items() if name != "MetaData"} | {
        "last_line": record.last_line
    }


def test_seeded_books_hold_and_go_on(sim: Simulator) -> None:
    """5.3"""
    company = sim.add_company("Copied")
    seed(company, SIZE)
    owed = sum((each["Balance"] for each in company.all("Invoice")), Decimal(0))
    assert owed == sum((each["Balance"] for each in company.all("Customer")), Decimal(0))
    last = company.all("Invoice")[-1]
    assert last["DocNumber"] == str(1000 + SIZE)
    unpaid = company.all("Customer")[-1]
    paid = company.pay(unpaid["Id"], last["Balance"], {last["Id"]: last["Balance"]})
    assert int(paid["Id"]) > int(last["Id"])
    assert company.get("Customer", unpaid["Id"])["Balance"] == 0
    assert company.find("Customer", unpaid["DisplayName"].upper()) is not None
