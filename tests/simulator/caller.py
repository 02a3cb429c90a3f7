"""A plain caller of the simulator's API, so that tests speak of objects and faults and not of HTTP."""

from decimal import Decimal
from typing import Any

import httpx2
import msgspec

from simulator.app import Simulator
from simulator.company import Company

Body = dict[str, Any]
_exact = msgspec.json.Decoder(float_hook=Decimal)


class Refused(Exception):
    """A fault the caller got: its code, text, element, HTTP status."""

    def __init__(self, response: httpx2.Response) -> None:
        self.status = response.status_code
        self.body = response.json()
        error = self.body["Fault"]["Error"][0] if "Fault" in self.body else self.body["fault"]["error"][0]
        self.code: str = error["code"]
        self.detail: str = error.get("Detail") or error.get("detail") or ""
        self.element: str | None = error.get("element")
        super().__init__(f"{self.status} {self.code} {self.detail}")


class Api:
    """Calls of one connected company."""

    def __init__(self, sim: Simulator, company: Company) -> None:
        self.sim, self.company = sim, company
        tokens = sim.grant(company.realm)
        self.http = httpx2.Client(
            transport=httpx2.WSGITransport(app=sim),
            base_url=f"{sim.base_url}/v3/company/{company.realm}",
            headers={"Authorization": f"Bearer {tokens['access_token']}", "Accept": "application/json"},
        )

    def call(self, method: str, path: str, body: Any = None, **params: str) -> Body:
        """The reply as a dict with exact numbers, or Refused."""
        response = self.http.request(method, path, json=body, params=params)
        if response.status_code != 200:
            raise Refused(response)
        reply: Body = _exact.decode(response.content)
        return reply

    def post(self, entity: str, body: Body, **params: str) -> Body:
        """Create or update; the object."""
        made: Body = self.call("POST", f"/{entity.lower()}", exact(body), **params)[entity]
        return made

    def sparse(self, entity: str, before: Body, **fields: Any) -> Body:
        """Change only these fields of what was read."""
        named = {"Id": before["Id"], "SyncToken": before["SyncToken"], "sparse": True}
        return self.post(entity, {**named, **fields})

    def read(self, entity: str, id: str) -> Body:
        found: Body = self.call("GET", f"/{entity.lower()}/{id}")[entity]
        return found

    def query(self, statement: str) -> Body:
        found: Body = self.call("GET", "/query", query=statement)["QueryResponse"]
        return found

    def void(self, entity: str, before: Body) -> Body:
        return self.post(entity, {"Id": before["Id"], "SyncToken": before["SyncToken"]}, operation="void")

    def delete(self, entity: str, before: Body) -> Body:
        return self.post(entity, {"Id": before["Id"], "SyncToken": before["SyncToken"]}, operation="delete")

    def batch(self, *items: Body, **params: str) -> list[Body]:
        answers: list[Body] = self.call("POST", "/batch", {"BatchItemRequest": exact(list(items))}, **params)[
            "BatchItemResponse"
        ]
        return answers

    # What most tests need to begin with

    def customer(self, name: str = "Harbor Goods", **fields: Any) -> Body:
        return self.post("Customer", {"DisplayName": name, **fields})

    def item(self, name: str = "Oak shelf", **fields: Any) -> Body:
        return self.post("Item", {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": "79"}, **fields})

    def invoice(self, customer: Body, *lines: Body, **fields: Any) -> Body:
        return self.post("Invoice", {"CustomerRef": ref(customer), "Line": list(lines), **fields})

    def payment(self, customer: Body, amount: Any, applied: dict[str, Any] | None = None, **fields: Any) -> Body:
        lines = [link("Invoice", id, part) for id, part in (applied or {}).items()]
        return self.post("Payment", {"CustomerRef": ref(customer), "TotalAmt": amount, "Line": lines, **fields})


def exact(body: Any) -> Any:
    """Decimals as JSON numbers, without a detour over float."""
    return msgspec.json.decode(msgspec.json.Encoder(decimal_format="number").encode(body))


def ref(body: Body) -> Body:
    return {"value": body["Id"]}


def sale(item: Body | None, amount: Any, **detail: Any) -> Body:
    """A product line."""
    named = {"ItemRef": ref(item)} if item else {}
    return {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": {**named, **detail}}


def discount(*, percent: Any = None, amount: Any = None) -> Body:
    if percent is not None:
        detail = {"PercentBased": True, "DiscountPercent": percent}
        return {"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}
    return {"DetailType": "DiscountLineDetail", "Amount": amount, "DiscountLineDetail": {"PercentBased": False}}


def shipping(amount: Any) -> Body:
    detail = {"ItemRef": {"value": "SHIPPING_ITEM_ID"}}
    return {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": detail}


def link(entity: str, id: str, amount: Any) -> Body:
    """A payment line."""
    return {"Amount": amount, "LinkedTxn": [{"TxnId": id, "TxnType": entity}]}
