"""Buddy: a wholesale order hub that keeps two-way step with QuickBooks Online. Rooms: hub, quickbooks, sync, web."""
