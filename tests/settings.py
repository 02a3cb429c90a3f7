"""Buddy's settings under pytest, and for tools that only import them: an environment of its own, then the real file.

BUDDY_TEST_DATABASE=postgres runs the tests on PostgreSQL (DATABASE_URL if it is set, else a server from the wheel).
"""

import os
import tempfile

if "PYTEST_XDIST_WORKER" in os.environ:  # what the first process chose would be shared by all, files and all
    os.environ["BUDDY_DATA"] = tempfile.mkdtemp(prefix="buddy-tests-")
os.environ.setdefault("BUDDY_DATA", tempfile.mkdtemp(prefix="buddy-tests-"))
os.environ.setdefault("BUDDY_SECRET_KEYS", "only-for-tests-" + "0" * 32)
os.environ.setdefault("INTUIT_ENVIRONMENT", "sandbox")
os.environ.setdefault("EMAIL_URL", "memorymail://")
if os.environ.get("BUDDY_TEST_DATABASE") == "postgres" and not os.environ.get("DATABASE_URL"):
    from tests.postgres import start

    os.environ["DATABASE_URL"] = start()

from buddy.settings import *  # noqa: F403
from buddy.settings import BUDDY_DATA, DATABASES, STORAGES

if not os.environ.get("DATABASE_URL"):
    DATABASES["default"]["TEST"] = {"NAME": str(BUDDY_DATA / "test.db")}  # a file, so that its locks are the real ones

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; nothing is kept

# Pages are tested without collecting static files first.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
