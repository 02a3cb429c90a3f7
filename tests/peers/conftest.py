"""A connected organization, and QuickBooks in this process."""

from tests.sync.conftest import admin, company, connected, order, organization, sim, wire

__all__ = ["admin", "company", "connected", "order", "organization", "sim", "wire"]
