"""Customers and items: their lists, and the forms by which a person enters, edits, retires and revives one."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from simulator.books import Body, Record
from simulator.console import fields, tabs
from simulator.console.customers import show_customer
from simulator.console.forms import Group, changed, every, shown, typed
from simulator.console.items import show_item
from simulator.console.listing import Tab, find
from simulator.console.shell import ENTITIES, REFUSALS, SINGULAR, books, company, console, done, label, page, record
from simulator.rules.listed import cut_suffix

LISTS = "/<any(customers, items):kind>"


@dataclass(frozen=True, slots=True)
class Form:
    """How one list is shown and edited: its fields, what a new record begins with, its list, the page of one record."""

    groups: tuple[Group, ...]
    begins: Body
    tab: Tab
    show: Callable[[Record], AnyResponse]


FORMS = {
    "customers": Form(
        fields.CUSTOMER, {"Taxable": True, "PreferredDeliveryMethod": "Email"}, tabs.CUSTOMERS, show_customer
    ),
    "items": Form(fields.ITEM, {"Type": "NonInventory"}, tabs.ITEMS, show_item),
}


@console.get(LISTS)
def listed(kind: str) -> AnyResponse:
    tab = FORMS[kind].tab
    return page(kind, tab=kind, views=tab.views, found=find(books(), tab, request.args))


@console.get(f"{LISTS}/<record_id>")
def open_listed(kind: str, record_id: str) -> AnyResponse:
    return FORMS[kind].show(record(ENTITIES[kind], record_id))


@console.get(f"{LISTS}/new")
def new_listed(kind: str) -> AnyResponse:
    return _form(kind, None, shown(every(FORMS[kind].groups), FORMS[kind].begins))


@console.post(f"{LISTS}/new")
def create_listed(kind: str) -> AnyResponse:
    inputs = every(FORMS[kind].groups)
    values = typed(inputs, request.form)
    try:
        created = company().create(ENTITIES[kind], _linked(changed(inputs, {}, values, {})))
    except REFUSALS as refusal:
        return _form(kind, None, values, refusal)
    name = label(record(ENTITIES[kind], created["Id"]))
    return done(f"{name} is on the list.", "console.open_listed", kind=kind, record_id=created["Id"])


@console.get(f"{LISTS}/<record_id>/edit")
def edit_listed(kind: str, record_id: str) -> AnyResponse:
    found = record(ENTITIES[kind], record_id)
    return _form(kind, found, shown(every(FORMS[kind].groups), _as_named(found)))


@console.post(f"{LISTS}/<record_id>/edit")
def save_listed(kind: str, record_id: str) -> AnyResponse:
    """Sends only what changed since the page was opened, under the version the page was opened with (api 4.2)."""
    found = record(ENTITIES[kind], record_id)
    inputs = every(FORMS[kind].groups)
    values = typed(inputs, request.form)
    try:
        changes = _linked(changed(inputs, shown(inputs, _as_named(found)), values, found.body))
        token = request.form.get("token", str(found.token))
        company().update(ENTITIES[kind], {"Id": record_id, "SyncToken": token, "sparse": True, **changes})
    except REFUSALS as refusal:
        return _form(kind, found, values, refusal)
    return done(f"{label(found)} is saved.", "console.open_listed", kind=kind, record_id=record_id)


@console.post(f"{LISTS}/<record_id>/deactivate")
def deactivate(kind: str, record_id: str) -> AnyResponse:
    found = record(ENTITIES[kind], record_id)
    name = label(found)
    try:
        company().deactivate(ENTITIES[kind], record_id)
    except REFUSALS as refusal:
        return _form(kind, found, shown(every(FORMS[kind].groups), _as_named(found)), refusal)
    message = f"{name} is inactive now. It stays in the books; its name is free again."
    return done(message, "console.open_listed", kind=kind, record_id=record_id)


@console.post(f"{LISTS}/<record_id>/reactivate")
def reactivate(kind: str, record_id: str) -> AnyResponse:
    found = record(ENTITIES[kind], record_id)
    try:
        company().reactivate(ENTITIES[kind], record_id)
    except REFUSALS as refusal:
        return _form(kind, found, shown(every(FORMS[kind].groups), _as_named(found)), refusal)
    return done(f"{label(found)} is active again.", "console.open_listed", kind=kind, record_id=record_id)


def _form(kind: str, found: Record | None, values: dict[str, str], refusal: Exception | None = None) -> AnyResponse:
    entity = ENTITIES[kind]
    return page(
        "listed_form",
        refusal=refusal,
        tab=kind,
        kind=kind,
        singular=SINGULAR[entity],
        record=found,
        groups=FORMS[kind].groups,
        values=values,
        choices=fields.choices(books(), values.get("ParentRef.value", "")),
        token=request.form.get("token", str(found.token) if found else ""),
    )


def _as_named(found: Record) -> Body:
    """The body without the " (deleted)" that QuickBooks hangs on an inactive name."""
    name = found.entity.name_field
    return {**found.body, name: cut_suffix(found.body[name])}


def _linked(changes: Body) -> Body:
    """A customer that belongs to another is a Job; one that belongs to nobody is none (api 5.1.2)."""
    if "ParentRef" in changes:
        changes["Job"] = changes["ParentRef"] != ""
    return changes
