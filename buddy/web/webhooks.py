"""Where QuickBooks says that something changed: remembered and answered at once; the worker does the rest."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from buddy.sync import inbox

MOST_BYTES = 1024 * 1024


@login_not_required
@csrf_exempt  # the signature says who speaks
@require_POST
def quickbooks(request: HttpRequest) -> HttpResponse:
    """Answer 200 with nothing in it within the three seconds Intuit allows (api 8.1); a refusal makes it come again."""
    body = request.read(MOST_BYTES + 1)  # the bytes as they came: the signature is over them
    if len(body) > MOST_BYTES:
        return HttpResponse(status=413)
    try:
        inbox.receive(body, request.headers.get("intuit-signature", ""), now=timezone.now())
    except inbox.NotVerified:
        return HttpResponse(status=401)
    except ValueError:
        return HttpResponse(status=400)
    return HttpResponse()


urlpatterns = [
    path("webhooks/quickbooks", quickbooks, name="webhook_quickbooks"),
]
