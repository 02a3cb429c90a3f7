"""Buddy's settings under pytest, and for tools that only need to import them: an environment of its own, then the file."""

import os
import tempfile

os.environ.setdefault("BUDDY_DATA", tempfile.mkdtemp(prefix="buddy-tests-"))
os.environ.setdefault("BUDDY_SECRET_KEYS", "only-for-tests-" + "0" * 32)
os.environ.setdefault("BUDDY_URL", "http://localhost:8000")
os.environ.setdefault("INTUIT_ENVIRONMENT", "sandbox")
os.environ.setdefault("EMAIL_URL", "memorymail://")

from buddy.settings import *  # noqa: E402, F403
