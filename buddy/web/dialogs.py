"""Dialogs: a fragment for `#dialog` when htmx asks, a page of its own otherwise; both from one template.

The template `extends layout` and fills the blocks `lead`, `body` and `foot`.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect

from buddy.web.request import Request


def show(request: Request, template: str, title: str, values: dict[str, Any], *, back: str) -> HttpResponse:
    """The dialog. `back` is where Cancel leads when it is a page."""
    layout = "shell/dialog.html" if request.htmx else "shell/dialog_page.html"
    return render(request, template, {**values, "layout": layout, "dialog_title": title, "back": back})


def leave(request: Request, address: str) -> HttpResponse:
    """Done: the page the dialog lay over is loaded anew, with what was done as its toast; a page goes to `address`."""
    if not request.htmx:
        return redirect(address)
    return HttpResponseClientRedirect(request.htmx.current_url_abs_path or address)
