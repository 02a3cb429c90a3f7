"""Buddy's settings with Django's own admin over the same tables: what one would otherwise use to look at such rows."""

from typing import Any

from buddy.settings import *  # noqa: F403
from buddy.settings import INSTALLED_APPS, MIDDLEWARE, TEMPLATES

INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.admin"]
MIDDLEWARE = [each for each in MIDDLEWARE if "csp" not in each]
_options = TEMPLATES[0]["OPTIONS"]
_processors = [each for each in _options["context_processors"] if not each.startswith("buddy.")]
TEMPLATES = [{**TEMPLATES[0], "OPTIONS": {**_options, "context_processors": _processors}}]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ROOT_URLCONF = "bench.wholesaler.admin_urls"
SILENCED_SYSTEM_CHECKS: list[Any] = ["admin.E404"]
