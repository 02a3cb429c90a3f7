"""What the console's forms ask: the fields of a customer, an item and a document, and the lists they offer."""

from simulator.books import Books
from simulator.console.forms import Field, Group
from simulator.rules.listed import cut_suffix

# The reasons of QuickBooks' United States list why a customer is not taxed (api 5.1).
EXEMPTIONS = (
    "Federal government", "State government", "Local government", "Tribal government", "Charitable organization",
    "Religious organization", "Educational organization", "Hospital", "Resale", "Direct pay permit",
    "Multiple points of use", "Direct mail", "Agricultural production", "Industrial production", "Foreign diplomat",
)  # fmt: skip


def _address(name: str) -> tuple[Field, ...]:
    return (
        Field(f"{name}.Line1", "Address"),
        Field(f"{name}.Line2", "Second line"),
        Field(f"{name}.City", "City", half=True),
        Field(f"{name}.CountrySubDivisionCode", "State", half=True),
        Field(f"{name}.PostalCode", "ZIP code", half=True),
        Field(f"{name}.Country", "Country", half=True),
    )


CUSTOMER = (
    Group(
        "Name",
        (
            Field(
                "DisplayName", "Display name", required=True, hint="No other customer, vendor or employee may have it."
            ),
            Field("CompanyName", "Company name"),
            Field("GivenName", "Given name", half=True),
            Field("FamilyName", "Family name", half=True),
            Field("ParentRef.value", "Belongs to", "choice", choices="parents", hint="Makes it a sub-customer."),
            Field("BillWithParent", "Bills go to the customer it belongs to", "check"),
        ),
    ),
    Group(
        "Contact",
        (
            Field("PrimaryEmailAddr.Address", "Email", hint="Separate several with commas."),
            Field("PrimaryPhone.FreeFormNumber", "Telephone", "tel", half=True),
            Field("Mobile.FreeFormNumber", "Mobile", "tel", half=True),
            Field("AlternatePhone.FreeFormNumber", "Other telephone", "tel", half=True),
            Field("Fax.FreeFormNumber", "Fax", "tel", half=True),
            Field("WebAddr.URI", "Website"),
        ),
    ),
    Group("Billing address", _address("BillAddr")),
    Group("Ship-to address", _address("ShipAddr")),
    Group(
        "Terms and tax",
        (
            Field("SalesTermRef.value", "Terms", "choice", choices="terms", half=True),
            Field("PaymentMethodRef.value", "Usual payment method", "choice", choices="methods", half=True),
            Field("Taxable", "Sales tax is charged", "check"),
            Field("ResaleNum", "Resale number", half=True),
            Field("TaxExemptionReasonId", "Why not taxed", "choice", choices="exemptions", half=True),
            Field("PreferredDeliveryMethod", "Invoices go by", "choice", choices="delivery", half=True),
        ),
    ),
    Group("Notes", (Field("Notes", "Notes", "area"),)),
)
ITEM = (
    Group(
        "Item",
        (
            Field("Name", "Name", required=True),
            Field("Sku", "SKU", half=True),
            Field("Type", "Kind", "choice", choices="kinds", half=True),
            Field("Description", "Description on invoices", "area"),
            Field("UnitPrice", "Price, USD", "number", half=True, hint="2 to 4 decimals."),
            Field("IncomeAccountRef.value", "Income account", "choice", choices="income", half=True, required=True),
            Field("Taxable", "Sales tax is charged", "check"),
        ),
    ),
)
# The head of an invoice or credit memo; which of these are asked depends on the company's preferences.
HEAD = (
    Field("TxnDate", "Date", "date", half=True, required=True),
    Field("DocNumber", "Number", half=True, hint="This company gives its own numbers."),
    Field("SalesTermRef.value", "Terms", "choice", choices="terms", half=True),
    Field("DueDate", "Due date", "date", half=True, hint="Empty: follows from the terms."),
    Field("po", "P.O. number", half=True),
    Field("TxnTaxDetail.TxnTaxCodeRef.value", "Sales tax", "choice", choices="tax_codes", half=True),
    Field("BillEmail.Address", "Email", half=True),
    Field("CustomerMemo.value", "Message to the customer", "area"),
    Field("PrivateNote", "Memo, not printed", "area"),
)
PAYMENT = (
    Field("TotalAmt", "Amount, USD", "money", half=True),
    Field("TxnDate", "Date", "date", half=True, required=True),
    Field("PaymentMethodRef.value", "Method", "choice", choices="methods", half=True),
    Field("PaymentRefNum", "Reference", half=True, hint="The check’s number, for example."),
    Field("PrivateNote", "Memo", "area"),
)

Choices = dict[str, list[tuple[str, str]]]


def choices(books: Books, chosen: str = "") -> Choices:
    """The lists the forms offer as (id, label). `chosen` is the id of a parent that must be among the parents."""
    return {
        "terms": _names(books, "Term"),
        "methods": _names(books, "PaymentMethod"),
        "income": [
            (each.id, each.body["Name"]) for each in books.living("Account") if each.body["AccountType"] == "Income"
        ],
        "tax_codes": [(each.id, each.body["Name"]) for each in books.living("TaxCode") if each.id.isdigit()],
        "parents": _parents(books, chosen),
        "exemptions": [(str(number), reason) for number, reason in enumerate(EXEMPTIONS, 1)],
        "delivery": [("Print", "Print"), ("Email", "Email"), ("None", "Nothing")],
        "kinds": [("NonInventory", "Goods, not counted"), ("Service", "Service")],
    }


def _names(books: Books, entity: str) -> list[tuple[str, str]]:
    return [(each.id, each.body["Name"]) for each in books.living(entity) if each.active]


def _parents(books: Books, chosen: str, most: int = 500) -> list[tuple[str, str]]:
    """Customers others may belong to: those who have sub-customers already first, `most` at most."""
    active = [each for each in books.living("Customer") if each.active or each.id == chosen]
    active.sort(
        key=lambda each: (
            each.id != chosen,
            not books.children.get(each.id),
            each.body["FullyQualifiedName"].casefold(),
        )
    )
    return [(each.id, cut_suffix(each.body["FullyQualifiedName"]).replace(":", ": ")) for each in active[:most]]
