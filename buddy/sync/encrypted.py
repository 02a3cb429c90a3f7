"""A text column encrypted at rest. The first of `BUDDY_SECRET_KEYS` encrypts, all of them decrypt."""

from functools import cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def box() -> MultiFernet:
    return _box(tuple(settings.ENCRYPTION_KEYS))


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # a Django field takes no parameters at run time
    """Plain text in Python, Fernet text in the database; empty stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        return box().encrypt(value.encode()).decode() if value else ""

    def from_db_value(self, value: str | None, *_: Any) -> str:
        return box().decrypt(value.encode()).decode() if value else ""
