"""The addresses of the pages; each module has its own `urlpatterns`."""

from django.urls import include, path

urlpatterns = [
    path("", include("buddy.web.shell")),
    path("", include("buddy.web.accounts")),
    path("", include("buddy.web.joining")),
    path("", include("buddy.web.switching")),
    path("", include("buddy.web.quickbooks")),
    path("", include("buddy.web.home")),
    path("", include("buddy.web.customers")),
    path("", include("buddy.web.customer_forms")),
    path("", include("buddy.web.merging")),
    path("", include("buddy.web.products")),
    path("", include("buddy.web.pricing")),
    path("", include("buddy.web.orders")),
    path("", include("buddy.web.order_form")),
    path("", include("buddy.web.order_pickers")),
    path("", include("buddy.web.invoices")),
    path("", include("buddy.web.activity")),
    path("", include("buddy.web.organization")),
    path("", include("buddy.web.team")),
    path("", include("buddy.web.terms")),
    path("", include("buddy.web.integrations")),
    path("", include("buddy.web.books")),
    path("", include("buddy.web.rehearsal")),
    path("", include("buddy.web.quality")),
    path("", include("buddy.web.sync")),
    path("", include("buddy.web.causes")),
    path("", include("buddy.web.linking")),
    path("", include("buddy.web.invoicing")),
    path("", include("buddy.web.webhooks")),
]
