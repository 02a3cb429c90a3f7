"""Buddy's settings as its worker has them, with nothing to wait for: the campaign counts deaths, not minutes (R24)."""

from buddy.settings import *  # noqa: F403
from buddy.settings import LOGGING

QUICKBOOKS_LIMITS = {"per_minute": 60_000, "per_second": 1_000, "concurrent": 6, "batches_per_minute": 60_000}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; nothing is kept
LOGGING["root"]["level"] = "WARNING"
