"""THE place for Buddy's and QuickBooks' fields: each row names both spellings and the owner, and serves both ways."""

from buddy.sync.mapping.customer import CUSTOMER
from buddy.sync.mapping.fields import EntityMapping
from buddy.sync.mapping.product import PRODUCT

MAPPINGS: dict[str, EntityMapping] = {mapping.entity: mapping for mapping in (CUSTOMER, PRODUCT)}
BY_KIND: dict[str, EntityMapping] = {mapping.kind: mapping for mapping in MAPPINGS.values()}

__all__ = ["BY_KIND", "CUSTOMER", "MAPPINGS", "PRODUCT", "EntityMapping"]
