"""The three text fields of sales forms: definitions in Preferences, values on documents (api 5.3.5)."""

from typing import Any

from simulator import refusals
from simulator.books import Body, Books
from simulator.checking import mapping, scalar

LONGEST = 31


def slots(books: Books, given: list[Body]) -> list[Body]:
    """One slot per enabled definition, with its value if any; 3000 for one that is not enabled."""
    enabled = definitions(books)
    values = {each["DefinitionId"]: each.get("StringValue") for each in given}
    for definition_id in values:
        if definition_id not in enabled:
            raise refusals.custom_field(definition_id)
    return [
        {"DefinitionId": id, "Name": name, "Type": "StringType"}
        | ({"StringValue": values[id]} if values.get(id) else {})
        for id, name in enabled.items()
    ]


def definitions(books: Books) -> dict[str, str]:
    """{DefinitionId: name} of the custom fields switched on in Preferences."""
    found: dict[str, dict[str, Any]] = {"use": {}, "name": {}}
    for group in books.preference("SalesFormsPrefs.CustomField") or []:
        for each in group.get("CustomField", []):
            path, id = each["Name"][:-1], each["Name"][-1]
            if path.endswith("UseSalesCustom"):
                found["use"][id] = each.get("BooleanValue")
            elif path.endswith("SalesCustomName"):
                found["name"][id] = each.get("StringValue", "")
    return {id: name for id, name in sorted(found["name"].items()) if found["use"].get(id)}


def read(given: Any) -> Body:
    """One custom field of a request, canonical."""
    if not mapping("CustomField", given).get("DefinitionId"):
        raise refusals.required("DefinitionId")
    text = str(scalar("StringValue", given.get("StringValue")) or "")
    if len(text) > LONGEST:
        raise refusals.bad_length("CustomField.StringValue", len(text), LONGEST)
    return {"DefinitionId": str(scalar("DefinitionId", given["DefinitionId"])), "StringValue": text}
