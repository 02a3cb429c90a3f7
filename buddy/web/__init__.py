"""What people see: one module per page group, no tables.

middleware gives a request its organization and member, permission says who may; lists, forms, dialogs and talk are what
pages share; the other modules are the pages themselves, each with its own `urlpatterns`.
"""
