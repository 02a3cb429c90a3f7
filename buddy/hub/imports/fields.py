"""What can be imported of each kind, and by which headings it is recognised."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from buddy.hub.imports.tables import Kind

ALIKE_FROM = 88  # of 100: a heading with a typing error is still itself
TEXT, NUMBER, DATE, FLAG = "text", "number", "date", "flag"


@dataclass(frozen=True)
class Field:
    """One thing a column can hold. `words`: other headings it goes by, with commas between."""

    name: str
    label: str
    words: str = ""
    reads: str = TEXT


ID = Field("id", "Buddy number", "buddy id, buddy no")
_ACTIVE = Field("active", "Active", "status, is active, enabled", FLAG)
_TAXABLE = "tax, taxed, sales tax, is taxable, charge tax"

FIELDS: dict[str, tuple[Field, ...]] = {
    Kind.CUSTOMERS: (
        ID,
        Field(
            "display_name",
            "Name",
            "customer, customer name, display name, full name, client, account name, customer full name",
        ),
        Field("company_name", "Company", "company name, business, business name, organization, organisation"),
        Field("given_name", "First name", "given name, contact first name, firstname"),
        Field("family_name", "Last name", "family name, surname, contact last name, lastname"),
        Field("email", "Email", "e-mail, email address, main email, billing email, mail, customer email"),
        Field("phone", "Phone", "phone number, telephone, tel, main phone, work phone, billing phone, phone numbers"),
        Field("alternate_phone", "Other phone", "alt phone, alternate phone, phone 2, second phone"),
        Field("mobile", "Mobile", "cell, cell phone, mobile phone, mobile number"),
        Field("fax", "Fax", "fax number"),
        Field(
            "street",
            "Street",
            "address, address 1, address line 1, street address, billing address, billing street, "
            "bill to, billing address line 1",
        ),
        Field(
            "street2",
            "Street, second line",
            "address 2, address line 2, street 2, suite, apt, billing address line 2",
        ),
        Field("city", "City", "town, billing city, billing address city"),
        Field(
            "region",
            "State or region",
            "state, province, region, county, billing state, state/province, billing address state",
        ),
        Field(
            "postal_code",
            "Postal code",
            "zip, zip code, postcode, post code, billing zip, postal, billing address postal code",
        ),
        Field("country", "Country", "billing country, billing address country"),
        Field("terms", "Payment terms", "terms, term, net terms"),
        Field("tier", "Pricing tier", "tier, price tier, price list, pricing group, customer group"),
        Field("taxable", "Taxable", _TAXABLE, FLAG),
        Field("resale_number", "Resale number", "resale no, tax resale no, exemption number, resale certificate"),
        Field("currency", "Currency", "currency code"),
        Field("notes", "Notes", "note, comment, comments, memo"),
        _ACTIVE,
    ),
    Kind.PRODUCTS: (
        ID,
        Field(
            "name",
            "Name",
            "product, product name, item, item name, title, product/service name, product service name",
        ),
        Field(
            "sku",
            "SKU",
            "item number, item code, code, product code, part number, article number, item no, sku number",
        ),
        Field(
            "base_price",
            "Price",
            "price per unit, unit price, sales price, rate, base price, list price, wholesale price, sales price rate",
            NUMBER,
        ),
        Field("unit", "Unit", "unit of measure, uom, units"),
        Field("description", "Description", "details, sales description, product description, body"),
        Field("taxable", "Taxable", _TAXABLE, FLAG),
        _ACTIVE,
    ),
    Kind.ORDERS: (
        Field("number", "Order number", "order, order no, order id, sales order, so number, order #, name"),
        Field("customer", "Customer", "customer name, client, account, bill to, company, sold to"),
        Field("po_number", "PO number", "po, purchase order, customer po, po no, p.o. number, reference"),
        Field("order_date", "Order date", "date, ordered, ordered on, created, created at, date ordered", DATE),
        Field(
            "ship_date",
            "Ship date",
            "requested ship date, ship by, delivery date, due date, requested delivery date",
            DATE,
        ),
        Field("status", "Status", "order status, state"),
        Field("location", "Ship to", "location, ship-to, branch, delivery location, ship to location"),
        Field("notes", "Notes", "note, comment, comments, memo, order notes"),
        Field("sku", "SKU", "item number, item code, product code, part number, lineitem sku, line item sku"),
        Field("product", "Product", "item, product name, item name, lineitem name, line item name, product/service"),
        Field(
            "quantity",
            "Quantity",
            "qty, quantity ordered, amount ordered, lineitem quantity, units ordered",
            NUMBER,
        ),
        Field("unit_price", "Unit price", "price, rate, price each, lineitem price, sales price", NUMBER),
        Field("discount_percent", "Discount, %", "discount, discount percent, disc", NUMBER),
        Field("description", "Line description", "description, line note, item description"),
    ),
}

# Without these nothing can be made of a row; any one of an inner tuple is enough.
NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    Kind.CUSTOMERS: (("display_name", "company_name", "id"),),
    Kind.PRODUCTS: (("name", "sku", "id"),),
    Kind.ORDERS: (("customer",), ("sku", "product"), ("quantity",)),
}


def labels(kind: str) -> dict[str, str]:
    return {field.name: field.label for field in FIELDS[kind]}


def plain(heading: str) -> str:
    """A heading as it is compared: "E-Mail " is "e mail"."""
    folded = unicodedata.normalize("NFKD", heading).casefold()
    letters = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", letters.replace("_", " ")))


def recognised(headings: Sequence[str], kind: str) -> dict[int, str]:
    """By position: the field a column holds by its heading. A field is found once, where it fits best."""
    known = {
        plain(word): field.name for field in reversed(FIELDS[kind]) for word in (*field.words.split(","), field.label)
    }
    fits: list[tuple[float, int, str]] = []
    for position, heading in enumerate(headings):
        if found := process.extractOne(plain(heading), known.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE_FROM):
            word, score, _ = found
            exact_label = word == plain(labels(kind)[known[word]])
            fits.append((score + exact_label, position, known[word]))
    mapping: dict[int, str] = {}
    for _, position, name in sorted(fits, key=lambda fit: (-fit[0], fit[1])):
        if name not in mapping.values():
            mapping[position] = name
    return mapping


def missing(kind: str, mapped: set[str]) -> list[str]:
    """What a file needs and no column holds, in words."""
    names = labels(kind)
    return [" or ".join(names[name] for name in some) for some in NEEDED[kind] if mapped.isdisjoint(some)]
