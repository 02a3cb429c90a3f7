"""The page of one item."""

from werkzeug.wrappers import Response as AnyResponse

from simulator.books import Record
from simulator.console.shell import books, page


def show_item(found: Record) -> AnyResponse:
    account = books().find("Account", found.body.get("IncomeAccountRef", {}).get("value", ""))
    return page("item", tab="items", record=found, account=account.body["Name"] if account else "")
