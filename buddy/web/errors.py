"""Pages for what went wrong: in plain words, with the way on. For htmx the same words travel as a toast."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import trigger_client_event


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    layout = "shell/base.html" if hasattr(request, "organization") else "shell/plain.html"
    values = {"title": title, "text": text, "layout": layout}
    answer = render(request, "shell/error.html", values, status=status)
    if request.headers.get("HX-Request") == "true":
        trigger_client_event(answer, "buddy:toast", {"text": title, "detail": text})
    return answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django names it
    return _page(request, 400, "Buddy could not read this request", "Nothing was changed. Go back and try once more.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`exception`'s own words are shown: `permission` writes them for the person."""
    return _page(request, 403, "Your role does not include this", str(exception) or "Ask an admin of your team.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django names it
    text = "It may have been removed, or the address is not complete. The lists in the menu show everything there is."
    return _page(request, 404, "There is nothing at this address", text)


def too_many(request: HttpRequest) -> HttpResponse:
    """allauth's limits: by person, and by address in the network."""
    text = "Wait a minute, then try again. This keeps strangers from guessing passwords and from sending you mail."
    return _page(request, 429, "That was too often in a short time", text)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    del reason  # it names cookies and headers, which are no use to the person
    text = "This page had been open for too long, or cookies are switched off. Nothing was changed: load it again."
    return _page(request, 403, "This form can no longer be sent", text)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the shell: whatever broke may be in it."""
    return render(request, "shell/broken.html", status=500)
