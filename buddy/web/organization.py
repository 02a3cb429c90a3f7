"""Settings, and Settings → Organization: the business's own facts."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_GET, require_http_methods

from buddy.hub import members
from buddy.hub.orders import SalesOrder
from buddy.hub.team import AutoInvoice, BothChanged, ClosedBooks, Organization
from buddy.web import talk
from buddy.web.forms import attempt
from buddy.web.permission import admin
from buddy.web.request import Request

COUNTRIES = [
    ("US", "United States"), ("CA", "Canada"), ("GB", "United Kingdom"), ("AU", "Australia"), ("NZ", "New Zealand"),
    ("IE", "Ireland"), ("FR", "France"), ("DE", "Germany"), ("ES", "Spain"), ("IT", "Italy"), ("NL", "Netherlands"),
    ("BE", "Belgium"), ("AT", "Austria"), ("CH", "Switzerland"), ("DK", "Denmark"), ("SE", "Sweden"),
    ("NO", "Norway"), ("PL", "Poland"), ("PT", "Portugal"), ("ZA", "South Africa"), ("IN", "India"),
    ("SG", "Singapore"), ("HK", "Hong Kong"), ("MY", "Malaysia"), ("PH", "Philippines"), ("AE", "United Arab Emirates"),
    ("MX", "Mexico"), ("BR", "Brazil"),
]  # fmt: skip


class OrganizationForm(forms.Form):
    name = forms.CharField(label="Company name", max_length=200, help_text="As your team and your customers know it.")
    legal_name = forms.CharField(label="Legal name", max_length=200, required=False)
    country = forms.ChoiceField(label="Country", choices=COUNTRIES)
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=[(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())],
        help_text="Decides which day it is on orders and invoices.",
    )
    currency = forms.CharField(
        label="Currency", max_length=3, help_text="Three letters, such as USD. Prices are in it."
    )
    order_prefix = forms.CharField(label="Before order numbers", max_length=10, required=False)
    invoice_prefix = forms.CharField(
        label="Before invoice numbers",
        max_length=10,
        required=False,
        help_text="Used where QuickBooks lets you number invoices yourself.",
    )
    requires_po = forms.BooleanField(
        label="Every order needs the customer’s PO number",
        required=False,
        help_text="Drafts may go without; they cannot be confirmed before they have one.",
    )
    auto_invoice = forms.ChoiceField(
        label="Invoice orders without being asked",
        choices=AutoInvoice.choices,
        help_text="What was shipped and is on no invoice yet. What cannot be invoiced is said, and stays in the list "
        "of what is shipped and not invoiced.",
    )
    price_decimals = forms.TypedChoiceField(
        label="Decimals of prices",
        choices=[(number, str(number)) for number in (2, 3, 4)],
        coerce=int,
        help_text="How many a price you enter may have, and to how many a tier’s discount is rounded.",
    )
    both_changed = forms.ChoiceField(
        label="When the same field was changed here and in QuickBooks",
        choices=[
            (BothChanged.ASK, "Ask: it waits in Data quality until somebody chooses"),
            (BothChanged.BOOKS, "QuickBooks’ value holds"),
            (BothChanged.BUDDY, "Buddy’s value holds"),
        ],
        help_text="Of customers and products, field by field. Both values are kept in Data quality and in the history.",
    )

    closed_books = forms.ChoiceField(
        label="When an invoice’s date falls in books that are closed in QuickBooks",
        choices=[
            (ClosedBooks.ASK, "Ask: somebody chooses another date"),
            (ClosedBooks.HOLD, "Keep it in Buddy until the books are open again"),
            (ClosedBooks.NEXT, "Date it on the first open day"),
        ],
        help_text="QuickBooks refuses whatever is dated up to its closing date.",
    )

    name_alone_links = forms.BooleanField(
        label="Link customers whose company name is the only thing that agrees",
        required=False,
        help_text="Only an exact name that one record on each side has, and when nothing speaks against it. "
        "Two businesses can have one name, so Buddy asks unless you tick this.",
    )

    def __init__(self, organization: Organization, data: Any = None) -> None:
        super().__init__(data, initial={name: getattr(organization, name) for name in self.base_fields})
        self.fields["country"] = forms.ChoiceField(label="Country", choices=_with(COUNTRIES, organization.country))
        if SalesOrder.objects.exists():
            self.fields["currency"].disabled = True
            self.fields["currency"].help_text = "Your orders are in it, so it stays."


def _with(choices: list[tuple[str, str]], code: str) -> list[tuple[str, str]]:
    return choices if code in dict(choices) else [(code, code), *choices]


@require_GET
@admin
def settings(request: Request) -> HttpResponse:
    return render(request, "settings/page.html")


@require_http_methods(["GET", "POST"])
@admin
def organization(request: Request) -> HttpResponse:
    """The form of the business's facts."""
    form = OrganizationForm(request.organization, request.POST or None)
    if form.is_valid() and _changed(request, form):
        talk.done(request, "Organization saved")
        return redirect("settings_organization")
    return render(request, "organization/page.html", {"form": form})


def _changed(request: Request, form: OrganizationForm) -> Organization | None:
    return attempt(form, lambda: members.change_organization(request.organization, form.cleaned_data, by=request.user))


urlpatterns = [
    path("settings/", settings, name="settings"),
    path("settings/organization/", organization, name="settings_organization"),
]
