"""What every page of the simulator is answered with, and the drawings its templates use."""

from flask import Response, url_for
from markupsafe import Markup

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def guard(response: Response, *, forms: str = "") -> Response:
    """No inline code, no foreign frame, no copy kept; forms go to the simulator itself and to the origin `forms`."""
    response.headers["Content-Security-Policy"] = f"{POLICY}; form-action 'self' {forms}".rstrip()
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def icon(name: str, extra: str = "") -> Markup:
    """One drawing of the sprite; the words beside it carry the meaning."""
    classes = f"icon {extra}".strip()
    sprite = url_for("static", filename="vendor/icons.svg")
    return Markup('<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>').format(classes, sprite, name)
