"""Logos: what somebody uploads, looked at by its content, drawn anew, and kept as a PNG file in BUDDY_DATA.

Nothing of the uploaded bytes is kept, so whatever else a file was made to be is gone.
"""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
import warnings
import zlib
from io import BytesIO
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageOps

from buddy.hub.errors import Invalid
from buddy.hub.team import Organization

MOST_BYTES = 2 * 1024 * 1024
LEAST_SIDE, MOST_PIXELS = 200, 25_000_000
KEPT_SIDE = 1200  # pixels of the longer side: enough for print at 300 dpi, four inches wide
_TOO_LARGE = "It has more pixels than Buddy unpacks. Save it smaller."
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error)


def _unfit(reason: str) -> Invalid:
    return Invalid({"logo": reason})


def prepare(picture: bytes) -> bytes:
    """A PNG of the same picture, at most 1,200 pixels on its longer side. Invalid says what is wrong with it."""
    if len(picture) > MOST_BYTES:
        raise _unfit(f"This file has {len(picture) / 1024 / 1024:.1f} MB; 2 fit. Save it smaller.")
    if picture.lstrip()[:1] == b"<":
        raise _unfit("SVG drawings cannot be used, as they may carry programs. Save it as PNG.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # measured below, before it is unpacked
            image = Image.open(BytesIO(picture), formats=["PNG", "JPEG"])
        _check_size(*image.size)
        drawn = ImageOps.exif_transpose(image).convert("RGBA")
    except Image.DecompressionBombError:
        raise _unfit(_TOO_LARGE) from None
    except _BROKEN:
        raise _unfit("This is not a picture Buddy can read. Use PNG or JPG.") from None
    drawn.thumbnail((KEPT_SIDE, KEPT_SIDE))
    out = BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()


def keep(organization: Organization, made: bytes) -> str:
    """Write the file, whole or not at all; its name."""
    name = f"{organization.pk}-{hashlib.sha256(made).hexdigest()[:32]}.png"
    _folder().mkdir(mode=0o700, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=_folder(), delete=False) as file:
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(_folder() / name)
    return name


def read(organization: Organization) -> bytes | None:
    """The PNG, or None: there is none, or its file is not on this machine."""
    if not organization.logo:
        return None
    try:
        return (_folder() / organization.logo).read_bytes()
    except OSError:
        return None


def forget(name: str) -> None:
    if name:
        (_folder() / name).unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.BUDDY_DATA) / "logos"


def _check_size(width: int, height: int) -> None:
    if min(width, height) < LEAST_SIDE:
        raise _unfit(f"It is {width} × {height} pixels; each side needs {LEAST_SIDE}, or it looks coarse in print.")
    if width * height > MOST_PIXELS:
        raise _unfit(_TOO_LARGE)
