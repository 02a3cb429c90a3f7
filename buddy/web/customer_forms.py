"""Adding and changing customers and the places they are shipped to."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_GET, require_http_methods

from buddy.hub import customers as hub
from buddy.hub.customers import Customer, Location, sort_key
from buddy.hub.team import Organization
from buddy.hub.terms import PaymentTerm
from buddy.hub.tiers import Tier
from buddy.web import talk
from buddy.web.forms import AddressFields, attempt
from buddy.web.permission import editor
from buddy.web.request import Request

BILLING = AddressFields("billing")
SHIPPING = AddressFields("address")
MOST_SUGGESTIONS = 8


def _text(label: str, *, missing: str = "", hint: str = "", **attributes: str) -> forms.CharField:
    widget = forms.TextInput(attrs=attributes)
    said = {"required": missing}
    return forms.CharField(label=label, required=bool(missing), error_messages=said, help_text=hint, widget=widget)


class CustomerForm(forms.Form):
    """What a person may say about a customer. The hub checks the values; here they only take shape."""

    display_name = _text(
        "Name",
        missing="Enter the name this customer goes by.",
        hint="As it stands in lists and on invoices.",
        autocomplete="off",
    )
    company_name = _text("Company name", autocomplete="organization")
    given_name = _text("Contact’s first name", autocomplete="off")
    family_name = _text("Contact’s last name", autocomplete="off")
    email = _text("Email", hint="Several are separated by commas.", inputmode="email", autocomplete="off")
    phone = _text("Phone", type="tel", autocomplete="off")
    mobile = _text("Mobile", type="tel", autocomplete="off")
    alternate_phone = _text("Other phone", type="tel", autocomplete="off")
    fax = _text("Fax", type="tel", autocomplete="off")
    terms: "forms.ModelChoiceField[PaymentTerm]" = forms.ModelChoiceField(
        None, required=False, empty_label="No terms: due at once"
    )
    tier: "forms.ModelChoiceField[Tier]" = forms.ModelChoiceField(
        None, label="Pricing tier", required=False, empty_label="None: list prices"
    )
    parent = _text("Part of", hint="The name of the customer it belongs to, such as the chain of a store.")
    currency = _text("Currency", missing="Enter the currency of its invoices.", hint="Three letters, such as USD.")
    taxable = forms.BooleanField(label="Pays sales tax", required=False)
    resale_number = _text("Resale number", hint="Why no sales tax is charged.")
    notes = forms.CharField(label="Notes", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: Any, *, organization: Organization, customer: Customer | None = None) -> None:
        initial = _values(customer) if customer else _new(organization)
        super().__init__(data, initial=initial)
        self.fields["terms"].queryset = PaymentTerm.objects.filter(active=True)  # type: ignore[attr-defined]
        self.fields["tier"].queryset = Tier.objects.all()  # type: ignore[attr-defined]
        self.fields.update(BILLING.fields())
        self.wants_phone = organization.requires_phone and not customer
        self.wants_address = organization.requires_address and not customer

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if self.wants_phone and not phone:
            raise forms.ValidationError("Enter a phone number: your organization wants one of each new customer.")
        return phone

    def clean_parent(self) -> Customer | None:
        name = self.cleaned_data["parent"]
        if not name:
            return None
        found = list(Customer.objects.filter(sort_name=sort_key(name), active=True)[:2])
        if len(found) != 1:
            raise forms.ValidationError(
                f"No customer is called “{name}”. Choose one from the list, or leave it empty."
                if not found
                else f"Several customers are called “{name}”. Give one of them another name first."
            )
        return found[0]

    def clean(self) -> dict[str, Any]:
        """As the hub takes them: one address instead of its five fields."""
        cleaned = super().clean() or self.cleaned_data
        address = BILLING.read(cleaned)
        if self.wants_address and not address:
            self.add_error(BILLING.names[0], "Enter an address: your organization wants one of each new customer.")
        return {name: value for name, value in cleaned.items() if name not in BILLING.names} | {
            "billing_address": address
        }


def _new(organization: Organization) -> dict[str, Any]:
    return {"currency": organization.currency, "taxable": True, "tier": organization.default_tier_id}


class LocationForm(forms.Form):
    name = _text("Name", missing="Enter a name for this place.", hint="Such as “Back door” or “Harbor Street store”.")
    contact = _text("Contact")
    phone = _text("Phone", type="tel")
    delivery_notes = forms.CharField(label="Delivery notes", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    active = forms.BooleanField(label="In use: offered for new orders", required=False, initial=True)

    def __init__(self, data: Any, *, location: Location | None = None) -> None:
        initial = {}
        if location:
            initial = {name: getattr(location, name) for name in self.base_fields}
            initial |= SHIPPING.initial(location.address)
        super().__init__(data, initial=initial)
        self.fields.update(SHIPPING.fields())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        address = SHIPPING.read(cleaned)
        return {name: value for name, value in cleaned.items() if name not in SHIPPING.names} | {"address": address}


def _values(customer: Customer) -> dict[str, Any]:
    values = {name: getattr(customer, name) for name in CustomerForm.base_fields}
    return values | BILLING.initial(customer.billing_address)


@require_http_methods(["GET", "POST"])
@editor
def new_customer(request: Request) -> HttpResponse:
    """A customer who may be here already is shown before anything is saved."""
    form = CustomerForm(request.POST or None, organization=request.organization)
    alike: list[hub.LikelyDuplicate] = []
    if form.is_valid():
        if "despite" not in request.POST:
            alike = hub.likely_duplicates(request.organization, form.cleaned_data)
        if not alike and (customer := _create(request, form)):
            talk.done(request, f"{customer} added")
            return redirect("customer", customer.pk)
    return render(request, "customers/form.html", {"form": form, "alike": alike})


def _create(request: Request, form: CustomerForm) -> Customer | None:
    return attempt(form, lambda: hub.create(request.organization, form.cleaned_data, by=request.user))


@require_http_methods(["GET", "POST"])
@editor
def change_customer(request: Request, pk: int) -> HttpResponse:
    customer: Customer = get_object_or_404(Customer.objects.select_related("terms", "tier", "parent"), pk=pk)
    form = CustomerForm(request.POST or None, organization=request.organization, customer=customer)
    if form.is_valid() and attempt(form, lambda: hub.change(customer, form.cleaned_data, by=request.user)) is not None:
        talk.done(request, f"{customer} saved")
        return redirect("customer", pk)
    return render(request, "customers/form.html", {"form": form, "customer": customer})


@require_GET
@editor
def suggest_names(request: Request) -> HttpResponse:
    """Names that begin with what was typed into “Part of”, for its list of suggestions."""
    typed = sort_key(request.GET.get("parent", "").strip())
    found = Customer.objects.filter(active=True, sort_name__startswith=typed).order_by("sort_name")
    return render(request, "customers/_names.html", {"customers": found[:MOST_SUGGESTIONS] if typed else []})


@require_http_methods(["GET", "POST"])
@editor
def new_location(request: Request, pk: int) -> HttpResponse:
    customer: Customer = get_object_or_404(Customer.objects.all(), pk=pk)
    form = LocationForm(request.POST or None)
    if (
        form.is_valid()
        and attempt(form, lambda: hub.add_location(customer, form.cleaned_data, by=request.user)) is not None
    ):
        talk.done(request, f"{form.cleaned_data['name']} added")
        return redirect("customer", customer.pk)
    return render(request, "customers/location.html", {"form": form, "customer": customer})


@require_http_methods(["GET", "POST"])
@editor
def change_location(request: Request, pk: int) -> HttpResponse:
    location: Location = get_object_or_404(Location.objects.select_related("customer__organization"), pk=pk)
    form = LocationForm(request.POST or None, location=location)
    if (
        form.is_valid()
        and attempt(form, lambda: hub.change_location(location, form.cleaned_data, by=request.user)) is not None
    ):
        talk.done(request, f"{location} saved")
        return redirect("customer", location.customer_id)
    values = {"form": form, "customer": location.customer, "location": location}
    return render(request, "customers/location.html", values)


urlpatterns = [
    path("customers/new/", new_customer, name="customer_new"),
    path("customers/names/", suggest_names, name="customer_names"),
    path("customers/<int:pk>/edit/", change_customer, name="customer_change"),
    path("customers/<int:pk>/locations/new/", new_location, name="customer_location_new"),
    path("customers/locations/<int:pk>/", change_location, name="customer_location_change"),
]
