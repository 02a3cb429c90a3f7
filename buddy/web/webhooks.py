"""Where QuickBooks says that something changed: remembered and answered at once; the worker does the rest."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from buddy.sync import inbox

MOST_BYTES = 1024 * 1024
NOT_EXPECTED = (
    "This Buddy has no verifier token, so it can believe no notification. Whoever runs it sets "
    "INTUIT_WEBHOOK_VERIFIER; docs/quickbooks-setup.md tells how. Until then it asks QuickBooks by itself."
)

log = logging.getLogger(__name__)


@login_not_required
@csrf_exempt  # the signature says who speaks
@require_POST
def quickbooks(request: HttpRequest) -> HttpResponse:
    """Answer 200 with nothing in it within the three seconds Intuit allows (api 8.1); a refusal makes it come again."""
    if _too_large(request.headers.get("content-length", "")):
        return HttpResponse(status=413)
    try:
        body = request.read(MOST_BYTES + 1)  # the bytes as they came: the signature is over them
    except UnreadablePostError:
        return HttpResponse(status=400)
    if len(body) > MOST_BYTES:
        return HttpResponse(status=413)
    return _answer(body, request.headers.get("intuit-signature", ""))


def _too_large(declared: str) -> bool:
    """By what the sender says, so that nothing of it is read."""
    return declared.isdecimal() and (len(declared) > len(str(MOST_BYTES)) or int(declared) > MOST_BYTES)


def _answer(body: bytes, signature: str) -> HttpResponse:
    try:
        inbox.receive(body, signature, now=timezone.now())
    except inbox.NotExpected:
        log.warning(NOT_EXPECTED)
        return HttpResponse(NOT_EXPECTED, status=403, content_type="text/plain; charset=utf-8")
    except inbox.NotVerified:
        return HttpResponse(status=401)
    except ValueError:
        return HttpResponse(status=400)
    return HttpResponse()


urlpatterns = [
    path("webhooks/quickbooks", quickbooks, name="webhook_quickbooks"),
]
