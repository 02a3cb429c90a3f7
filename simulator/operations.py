"""One operation on one object: create, update, delete, void (api 4.1); for single calls and batches."""

from collections.abc import Set

from simulator import automatic, refusals, writing
from simulator.books import Body, Books
from simulator.rendering import Way, encode, rendered, stub
from simulator.schema import BY_LOWER_NAME, Entity

OPERATIONS = frozenset({"", "create", "update", "delete", "void"})


def named(name: str, path: str) -> Entity:
    """The entity a path or a batch item names, or code 500."""
    entity = BY_LOWER_NAME.get(name.lower())
    if entity is None:
        raise refusals.unsupported_operation(path)
    return entity


def options(text: str) -> Set[str]:
    """The members of `include=` or `optionsData`."""
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def write(books: Books, entity: Entity, operation: str, given: Body, include: Set[str]) -> bytes:
    """Do it; the object (or stub) as JSON bytes."""
    operation = operation.lower()
    if operation not in OPERATIONS:
        raise refusals.unsupported_operation(f"/v3/company/{books.realm}/{entity.name.lower()}?operation={operation}")
    if operation == "delete":
        writing.delete(books, entity, given)
        return encode(stub(str(given["Id"])))
    if operation == "void" or "void" in include:
        return rendered(books, writing.void(books, entity, given), Way.WRITTEN)
    if operation == "update" or _names_an_object(entity, given):
        return rendered(books, writing.update(books, entity, given, include), Way.WRITTEN)
    return rendered(books, automatic.create(books, entity, given, include), Way.WRITTEN)


def _names_an_object(entity: Entity, given: Body) -> bool:
    """A body with an Id is an update, whatever else it says; single objects are only ever updated."""
    return given.get("Id") not in (None, "") or entity.name in {"Preferences", "CompanyInfo"}
