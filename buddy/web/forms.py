"""Fields that accept what people type, shared by the forms of several pages."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms

from buddy.hub.address import Address
from buddy.hub.errors import Invalid, Refused

STREET_LINES = 5


class NumberField(forms.DecimalField):
    """A number as people write it: `1,250.5` and `$1,250.50` are fine."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "num", "autocomplete": "off"})
        super().__init__(**{"widget": widget, **options})

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", "").strip(" $") if isinstance(value, str) else value)


def plain(value: Decimal | None, places: int = 2) -> str:
    """A number as an input holds it: `1250.50`, with `places` decimals at least; nothing for none."""
    if value is None:
        return ""
    short = value.normalize()
    return f"{short:.{max(places, -int(short.as_tuple().exponent))}f}"


class AddressFields:
    """An address in a form: five fields with a common prefix, read and written as one value."""

    def __init__(self, prefix: str) -> None:
        self.names = [f"{prefix}_{part}" for part in ("street", "city", "region", "postal_code", "country")]

    def fields(self) -> dict[str, forms.Field]:
        street = forms.Textarea(attrs={"rows": 2, "autocomplete": "street-address"})
        made = (
            forms.CharField(label="Street", widget=street, max_length=500),
            forms.CharField(label="City", max_length=255),
            forms.CharField(label="State or region", max_length=255),
            forms.CharField(label="Postal code", max_length=30),
            forms.CharField(label="Country", max_length=255),
        )
        for field in made:
            field.required = False
        return dict(zip(self.names, made, strict=True))

    def initial(self, address: Address) -> dict[str, str]:
        lines = [getattr(address, f"line{number}") for number in range(1, STREET_LINES + 1)]
        street = "\n".join(line for line in lines if line)
        values = (street, address.city, address.region, address.postal_code, address.country)
        return dict(zip(self.names, values, strict=True))

    def read(self, cleaned: dict[str, Any]) -> Address:
        street, city, region, postal_code, country = (cleaned.get(name, "") for name in self.names)
        lines = [line.strip() for line in street.splitlines() if line.strip()]
        if len(lines) > STREET_LINES:
            raise forms.ValidationError({self.names[0]: f"At most {STREET_LINES} lines. Put two of them on one."})
        streets = {f"line{number}": line for number, line in enumerate(lines, start=1)}
        return Address(**streets, city=city, region=region, postal_code=postal_code, country=country)


def attempt[T](form: forms.Form, verb: Callable[[], T], *others: forms.Form) -> T | None:
    """What `verb` gives, or None after the hub's refusal was put on the form: each reason at its field if it has one.

    `others` are forms of the same page; a reason finds its field by the name the field has in HTML.
    """
    try:
        return verb()
    except Invalid as invalid:
        places = {one.add_prefix(name): (one, name) for one in (form, *others) for name in one.fields}
        for place, reason in invalid.fields.items():
            at, name = places.get(place, (form, None))
            at.add_error(name, reason)
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return None
