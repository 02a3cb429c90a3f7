"""A postal address as one value: stored, compared and sent as a whole, never field by field."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from django.db import models


@dataclass(frozen=True, slots=True)
class Address:
    line1: str = ""
    line2: str = ""
    line3: str = ""
    line4: str = ""
    line5: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""

    @classmethod
    def of(cls, value: dict[str, Any] | None) -> Self:
        """The address in a stored mapping; unknown keys are ignored, missing ones are empty."""
        return cls(**{key: str(text) for key, text in (value or {}).items() if key in _PARTS and text})

    def __bool__(self) -> bool:
        return any(self.parts())

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def parts(self) -> list[str]:
        return [value for value in asdict(self).values() if value]

    def lines(self) -> list[str]:
        """As printed on an envelope: streets, then "City, Region 12345", then the country."""
        streets = [line for line in (self.line1, self.line2, self.line3, self.line4, self.line5) if line]
        place = ", ".join(part for part in (self.city, f"{self.region} {self.postal_code}".strip()) if part)
        return [*streets, *([place] if place else []), *([self.country] if self.country else [])]

    def as_dict(self) -> dict[str, str]:
        """Only what is filled, so that an empty address is `{}`."""
        return {key: value for key, value in asdict(self).items() if value}


_PARTS = frozenset(field.name for field in fields(Address))


class AddressField(models.JSONField):
    """An `Address` in a JSON column."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": Address, "blank": True, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("blank", None)
        kwargs.pop("default", None)
        return name, path, args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Address:
        return Address.of(super().from_db_value(value, expression, connection))

    def to_python(self, value: Any) -> Address:
        return value if isinstance(value, Address) else Address.of(value)

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(value.as_dict() if isinstance(value, Address) else value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(value.as_dict() if isinstance(value, Address) else value, connection, prepared)

    def value_to_string(self, obj: models.Model) -> Any:
        return self.value_from_object(obj).as_dict()
