"""The addresses of Django's admin with the lists as one usually declares them: the columns and searches Buddy has."""

from typing import ClassVar

from django.contrib import admin
from django.urls import include, path

from buddy.hub.activity import Activity
from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.products import Product


class _List(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's own class takes no argument when it runs
    list_per_page = 50


@admin.register(Customer)
class Customers(_List):
    list_display = ("display_name", "email", "phone", "balance", "active")
    search_fields = ("display_name", "company_name", "email")
    list_filter = ("active",)
    ordering: ClassVar = ("sort_name",)


@admin.register(Product)
class Products(_List):
    list_display = ("name", "sku", "base_price", "active")
    search_fields = ("name", "sku")
    ordering: ClassVar = ("sort_name",)


@admin.register(SalesOrder)
class Orders(_List):
    list_display = ("number", "customer", "order_date", "status", "po_number", "total")
    search_fields = ("number", "po_number", "customer__display_name")
    list_filter = ("status",)
    list_select_related: ClassVar = ("customer",)
    ordering: ClassVar = ("-order_date",)


@admin.register(Invoice)
class Invoices(_List):
    list_display = ("number", "customer", "invoice_date", "due_date", "po_number", "total", "balance")
    search_fields = ("number", "po_number", "customer__display_name")
    list_filter = ("ended",)
    list_select_related: ClassVar = ("customer",)
    ordering: ClassVar = ("-invoice_date",)


@admin.register(Activity)
class Log(_List):
    list_display = ("at", "user", "event", "object_id")
    list_filter = ("kind",)
    list_select_related: ClassVar = ("user",)
    ordering: ClassVar = ("-at",)


urlpatterns = [path("admin/", admin.site.urls), path("", include("buddy.urls"))]
