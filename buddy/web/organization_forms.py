"""The sections of Settings → Organization: each a small form of its own, saved by itself."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from buddy.hub import logos, organizations
from buddy.hub.orders import SalesOrder
from buddy.hub.team import AutoInvoice, BothChanged, ClosedBooks, Organization, User
from buddy.hub.tiers import Tier
from buddy.web.forms import AddressFields

ADDRESS = AddressFields("address")

COUNTRIES = [
    ("US", "United States"), ("CA", "Canada"), ("GB", "United Kingdom"), ("AU", "Australia"), ("NZ", "New Zealand"),
    ("IE", "Ireland"), ("FR", "France"), ("DE", "Germany"), ("ES", "Spain"), ("IT", "Italy"), ("NL", "Netherlands"),
    ("BE", "Belgium"), ("AT", "Austria"), ("CH", "Switzerland"), ("DK", "Denmark"), ("SE", "Sweden"),
    ("NO", "Norway"), ("PL", "Poland"), ("PT", "Portugal"), ("ZA", "South Africa"), ("IN", "India"),
    ("SG", "Singapore"), ("HK", "Hong Kong"), ("MY", "Malaysia"), ("PH", "Philippines"), ("AE", "United Arab Emirates"),
    ("MX", "Mexico"), ("BR", "Brazil"),
]  # fmt: skip


class Section(forms.Form):
    """Some facts of the organization. Another section is another subclass, named in `SECTIONS`."""

    slug: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, organization: Organization, data: Any = None, files: Any = None, *, user: User) -> None:
        self.organization, self.user = organization, user
        super().__init__(data, files, initial=self.facts(), auto_id="id_%s")
        self.arrange()

    def facts(self) -> dict[str, Any]:
        """What the fields show, by their names."""
        return {name: getattr(self.organization, name) for name in self.base_fields}

    def arrange(self) -> None:
        """What depends on the organization."""

    def save(self, by: User) -> None:
        """Keep it. Refused or Invalid when the hub says no."""
        organizations.change(self.organization, self.cleaned_data, by=by)


class ProfileSection(Section):
    slug, title = "profile", "Profile"

    name = forms.CharField(label="Company name", max_length=200, help_text="As your team and your customers know it.")
    legal_name = forms.CharField(label="Legal name", max_length=200, required=False)
    tax_id = forms.CharField(
        label="Tax ID", max_length=40, required=False, help_text="As it stands on documents, such as an EIN or VAT ID."
    )
    industry = forms.CharField(label="Industry", max_length=100, required=False)
    phone = forms.CharField(label="Phone", max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"}))
    email = forms.CharField(
        label="Email", max_length=254, required=False, widget=forms.TextInput(attrs={"inputmode": "email"})
    )
    website = forms.CharField(
        label="Website", max_length=200, required=False, widget=forms.TextInput(attrs={"inputmode": "url"})
    )

    def facts(self) -> dict[str, Any]:
        return super().facts() | ADDRESS.initial(self.organization.address)

    def arrange(self) -> None:
        self.fields.update(ADDRESS.fields())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        address = ADDRESS.read(cleaned)
        return {name: value for name, value in cleaned.items() if name not in ADDRESS.names} | {"address": address}


class PlaceSection(Section):
    slug, title = "place", "Country, time and money"

    country = forms.ChoiceField(label="Country")
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=[(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())],
        help_text="Decides which day it is on orders and invoices.",
    )
    currency = forms.CharField(
        label="Currency", max_length=3, help_text="Three letters, such as USD. Prices are in it."
    )

    def arrange(self) -> None:
        self.fields["country"] = forms.ChoiceField(label="Country", choices=_with(COUNTRIES, self.organization.country))
        if SalesOrder.objects.exists():
            self.fields["currency"].disabled = True
            self.fields["currency"].help_text = "Your orders are in it, so it stays."


def _with(choices: list[tuple[str, str]], code: str) -> list[tuple[str, str]]:
    return choices if code in dict(choices) else [(code, code), *choices]


class LookSection(Section):
    slug, title = "look", "Logo and colors"

    brand_color = forms.CharField(
        label="Main color", max_length=7, required=False, help_text="Such as #1f4e79: heads of documents, white on it."
    )
    accent_color = forms.CharField(
        label="Second color", max_length=7, required=False, help_text="Lines and links of documents."
    )
    logo = forms.FileField(
        label="Logo",
        required=False,
        help_text="PNG or JPG, at least 200 × 200 pixels and at most 2 MB. On documents and in the menu.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )
    no_logo = forms.BooleanField(label="Remove the logo", required=False)

    def facts(self) -> dict[str, Any]:
        names = ("brand_color", "accent_color")
        return {name: getattr(self.organization, name) for name in names}

    def arrange(self) -> None:
        if not self.organization.logo:
            del self.fields["no_logo"]

    def clean_logo(self) -> bytes:
        file: UploadedFile | None = self.cleaned_data["logo"]
        return file.read(logos.MOST_BYTES + 1) if file else b""

    def save(self, by: User) -> None:
        colors = {name: self.cleaned_data[name] for name in ("brand_color", "accent_color")}
        with transaction.atomic():  # a color that cannot be used keeps the logo from being saved, and the reverse
            organizations.change(self.organization, colors, by=by)
            if self.cleaned_data["logo"]:
                organizations.set_logo(self.organization, self.cleaned_data["logo"], by=by)
            elif self.cleaned_data.get("no_logo"):
                organizations.remove_logo(self.organization, by=by)


class NumbersSection(Section):
    slug, title = "numbers", "Numbers"

    order_prefix = forms.CharField(label="Before order numbers", max_length=10, required=False)
    next_order_number = forms.IntegerField(label="Next order number", min_value=1)
    invoice_prefix = forms.CharField(
        label="Before invoice numbers",
        max_length=10,
        required=False,
        help_text="Used where QuickBooks lets you number invoices yourself.",
    )
    next_invoice_number = forms.IntegerField(label="Next invoice number", min_value=1)

    def facts(self) -> dict[str, Any]:
        ours = self.organization
        return {
            "order_prefix": ours.order_prefix,
            "next_order_number": ours.last_order_number + 1,
            "invoice_prefix": ours.invoice_prefix,
            "next_invoice_number": ours.last_invoice_number + 1,
        }

    def clean(self) -> dict[str, Any]:
        cleaned = dict(super().clean() or self.cleaned_data)
        for kind in ("order", "invoice"):
            if (number := cleaned.pop(f"next_{kind}_number", None)) is not None:
                cleaned[f"last_{kind}_number"] = number - 1
        return cleaned


class OrdersSection(Section):
    slug, title = "orders", "Orders"

    auto_invoice = forms.ChoiceField(
        label="Invoice orders without being asked",
        choices=AutoInvoice.choices,
        help_text="What was shipped and is on no invoice yet. What cannot be invoiced is said, and stays in the list "
        "of what is shipped and not invoiced.",
    )
    requires_po = forms.BooleanField(
        label="Every order needs the customer’s PO number",
        required=False,
        help_text="Drafts may go without; they cannot be confirmed before they have one.",
    )


class PreferencesSection(Section):
    slug, title = "preferences", "Products and customers"

    price_decimals = forms.TypedChoiceField(
        label="Decimals of prices",
        choices=[(number, str(number)) for number in (2, 3, 4)],
        coerce=int,
        help_text="How many a price you enter may have, and to how many a tier’s discount is rounded.",
    )
    default_unit = forms.CharField(
        label="Unit of new products", max_length=20, required=False, help_text="What a quantity counts, such as case."
    )
    default_tier: "forms.ModelChoiceField[Tier]" = forms.ModelChoiceField(
        None, label="Pricing tier of new customers", required=False, empty_label="None: list prices"
    )
    requires_phone = forms.BooleanField(label="A new customer needs a phone number", required=False)
    requires_address = forms.BooleanField(label="A new customer needs a billing address", required=False)

    def arrange(self) -> None:
        self.fields["default_tier"].queryset = Tier.objects.all()  # type: ignore[attr-defined]


class BooksSection(Section):
    slug, title = "books", "QuickBooks"

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


class SafetySection(Section):
    slug, title = "safety", "Signing in"

    requires_two_step = forms.BooleanField(
        label="Everybody here signs in with a second step or a passkey",
        required=False,
        help_text="Whoever has neither is asked to set one up before they see anything of this organization.",
    )

    def clean_requires_two_step(self) -> bool:
        wanted: bool = self.cleaned_data["requires_two_step"]
        if wanted and not is_mfa_enabled(self.user):
            raise forms.ValidationError("Set up your own first, under Your profile: you would be shut out too.")
        return wanted


SECTIONS: list[type[Section]] = [
    ProfileSection,
    PlaceSection,
    LookSection,
    NumbersSection,
    OrdersSection,
    PreferencesSection,
    BooksSection,
    SafetySection,
]
