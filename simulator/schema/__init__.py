"""The properties of every entity: what a client may write, what only the server writes, limits, order of reply keys.

One table per entity, after api 5; the order of keys in replies is the recorded one (api 5.3). A property in none of
`fields`, `readonly` and `STANDARD` is unknown and refused with 2010.
"""

from simulator.schema.fields import ADDRESS, REF, STANDARD, Entity, Field
from simulator.schema.lists import (
    ACCOUNT,
    COMPANY_INFO,
    CUSTOMER,
    EMPLOYEE,
    ITEM,
    PAYMENT_METHOD,
    PREFERENCES,
    TAX_AGENCY,
    TAX_CODE,
    TAX_RATE,
    TERM,
    VENDOR,
)
from simulator.schema.sales import CREDIT_MEMO, ESTIMATE, INVOICE, PAYMENT, REFUND_RECEIPT, SALES_RECEIPT

__all__ = [
    "ADDRESS",
    "BY_LOWER_NAME",
    "CREDIT_MEMO",
    "CUSTOMER",
    "ENTITIES",
    "INVOICE",
    "ITEM",
    "PAYMENT",
    "PREFERENCES",
    "REF",
    "SHARED_NAMES",
    "STANDARD",
    "Entity",
    "Field",
]

ENTITIES: dict[str, Entity] = {
    each.name: each
    for each in (
        CUSTOMER, VENDOR, EMPLOYEE, ITEM, ACCOUNT, TERM, PAYMENT_METHOD, TAX_CODE, TAX_RATE, TAX_AGENCY, PREFERENCES,
        COMPANY_INFO, INVOICE, CREDIT_MEMO, SALES_RECEIPT, REFUND_RECEIPT, ESTIMATE, PAYMENT,
    )
}  # fmt: skip
BY_LOWER_NAME = {name.lower(): entity for name, entity in ENTITIES.items()}
SHARED_NAMES = ("Customer", "Vendor", "Employee")
