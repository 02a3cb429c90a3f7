"""Addresses as the lines of a label, which is what editing a transaction makes of them (api 5.1.1)."""

import re

from simulator.books import Body

PARTS = frozenset({"City", "CountrySubDivisionCode", "PostalCode", "Country", "CountryCode"})
MOST_LINES = 5
_STATE = re.compile(r",\s*([A-Z]{2})\s+\S+\s*$")


def flowed(address: Body, customer: Body) -> Body:
    """Name, company, street, "City, ST  99999": free text. What is already lines stays as it is."""
    if not PARTS & set(address):
        return address
    name, company = customer.get("DisplayName", ""), customer.get("CompanyName", "")
    street = [address[f"Line{number}"] for number in range(1, MOST_LINES + 1) if address.get(f"Line{number}")]
    lines = [name, company if company != name else "", *street, town(address), address.get("Country", "")]
    kept = list(dict.fromkeys(filter(None, lines)))[:MOST_LINES]
    return {"Id": address["Id"], **{f"Line{number}": text for number, text in enumerate(kept, start=1)}}


def town(address: Body) -> str:
    """`City, ST  99999`, as far as it is known."""
    city, state, code = (address.get(part, "") for part in ("City", "CountrySubDivisionCode", "PostalCode"))
    return f"{city}, {state}  {code}".strip(" ,") if city else f"{state}  {code}".strip()


def state_of(address: Body) -> str:
    """The state an address is in, be it a field or the end of a line."""
    if address.get("CountrySubDivisionCode"):
        return str(address["CountrySubDivisionCode"])
    found = (_STATE.search(str(address.get(f"Line{number}", ""))) for number in range(MOST_LINES, 0, -1))
    return next((match[1] for match in found if match), "")
