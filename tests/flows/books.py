"""What the tests ask of QuickBooks over its control API: its books, its faults, its calls."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx2

type Body = dict[str, Any]


class Books:
    """The whole simulator."""

    def __init__(self, url: str) -> None:
        self.url = url
        # None is kept open: one that the server gives up in the same moment would lose what was asked over it.
        alone = httpx2.Limits(max_keepalive_connections=0)
        self._http = httpx2.Client(base_url=f"{url}/_sim", timeout=30, limits=alone)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, path, json=body if body is not None else {})
        assert answer.is_success, answer.text
        return json.loads(answer.text, parse_float=Decimal) if answer.content else None

    def add_company(self, name: str, *, demo: bool = False, **fields: Any) -> "Company":
        told = self.ask("POST", "/companies", {"name": name, "demo": demo, **fields})
        return Company(self, told["realm"], name)

    def companies(self) -> "list[Company]":
        return [Company(self, told["realm"], told["name"]) for told in self.ask("GET", "/companies")]

    def plan(self, fault: str, **how: Any) -> None:
        """Trouble for the calls to come, by the names of `simulator/faults.py`."""
        self.ask("POST", "/faults", {"name": fault, **how})

    def forget_faults(self) -> None:
        self._http.delete("/faults")

    def close(self) -> None:
        self._http.close()


@dataclass(frozen=True)
class Company:
    """One company's books, which may be changed by another hand than Buddy's."""

    books: Books
    realm: str
    name: str

    @property
    def console(self) -> str:
        return f"{self.books.url}/console/{self.realm}"

    @property
    def calls_path(self) -> str:
        """The pattern of its API calls, for faults."""
        return f"/v3/company/{self.realm}/*"

    def all(self, entity: str, where: str = "") -> list[Body]:
        """Without paging: at most 1,000."""
        query = httpx2.QueryParams({"limit": 1000, "where": where})
        found: list[Body] = self.books.ask("GET", f"/companies/{self.realm}/{entity}?{query}")
        return found

    def get(self, entity: str, id: str) -> Body:
        found: Body = self.books.ask("GET", f"/companies/{self.realm}/{entity}/{id}")
        return found

    def do(self, verb: str, **asked: Any) -> Body:
        done: Body = self.books.ask("POST", f"/companies/{self.realm}/{verb}", asked)
        return done

    def create(self, entity: str, **body: Any) -> Body:
        return self.do("create", entity=entity, body=body)

    def change(self, entity: str, id: str, **fields: Any) -> Body:
        return self.do("update", entity=entity, body={"Id": id, "sparse": True, **fields})

    def customer(self, name: str, **fields: Any) -> Body:
        """A customer; `email` and `phone` in short."""
        body: Body = {"DisplayName": name}
        if "email" in fields:
            body["PrimaryEmailAddr"] = {"Address": fields.pop("email")}
        if "phone" in fields:
            body["PrimaryPhone"] = {"FreeFormNumber": fields.pop("phone")}
        return self.create("Customer", **body, **fields)

    def item(self, name: str, price: float, **fields: Any) -> Body:
        account = next(each["Id"] for each in self.all("Account") if each["AccountType"] == "Income")
        income = {"IncomeAccountRef": {"value": account}}
        return self.create("Item", Name=name, Type="NonInventory", UnitPrice=price, **income, **fields)

    def invoice(self, customer: Body, lines: Iterable[tuple[Body, int]], **fields: Any) -> Body:
        return self.create(
            "Invoice",
            CustomerRef={"value": customer["Id"]},
            Line=[_sale(item, quantity) for item, quantity in lines],
            **fields,
        )

    def plan(self, fault: str, **how: Any) -> None:
        """Trouble for calls about this company."""
        self.books.plan(fault, **{"path": self.calls_path, **how})

    def calls(self) -> list[Body]:
        """The last calls about it, oldest first."""
        return [call for call in self.books.ask("GET", "/calls") if call["realm"] == self.realm]


def _sale(item: Body, quantity: int) -> Body:
    price = float(item["UnitPrice"])
    detail = {"ItemRef": {"value": item["Id"]}, "Qty": quantity, "UnitPrice": price}
    return {"DetailType": "SalesItemLineDetail", "Amount": round(quantity * price, 2), "SalesItemLineDetail": detail}
