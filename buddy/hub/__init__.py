"""What the business knows: one module per noun (customers, orders, invoices …), its tables and its verbs.

Nothing here knows which books are kept elsewhere; `outbox` only says *that* an object is owed to them.
All writes go through the verbs (module functions), all rows belong to an organization.
"""
