"""What Buddy says after something was done: a toast of one sentence, with at most one link (ui: feedback)."""

from django.contrib import messages
from django.utils.html import format_html

from buddy.web.request import Request


def done(request: Request, text: str, *, detail: str = "", link: str = "", label: str = "") -> None:
    """A toast on the page that follows. `link` with its `label` leads to what was made."""
    _say(request, messages.SUCCESS, text, detail, link, label)


def notice(request: Request, text: str, *, detail: str = "", link: str = "", label: str = "") -> None:
    """Like `done`, for something that went otherwise than asked and needs no work at once."""
    _say(request, messages.WARNING, text, detail, link, label)


def _say(request: Request, level: int, text: str, detail: str, link: str, label: str) -> None:
    html = format_html('<span class="b-strong">{}</span>', text)
    if detail:
        html += format_html('<span class="b-meta d-block">{}</span>', detail)
    if link:
        html += format_html('<a class="d-block" href="{}">{}</a>', link, label)
    messages.add_message(request, level, html)
