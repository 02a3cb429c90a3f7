"""What holds things up, on any page: `causes/_list.html` shows `sync.causes.causes(…)`; here is its button."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from buddy.sync import answers
from buddy.web import talk
from buddy.web.permission import editor
from buddy.web.request import Request, way_back


@require_POST
@editor
def retry(request: Request) -> HttpResponse:
    """Send again, at once, what one cause held up; `move`: first dated on an open day. `back`: where it was pressed."""
    act = answers.date_all_open if "move" in request.POST else answers.retry_all
    count = act(request.organization, request.POST.get("cause", "").replace("\0", ""), by=request.user)
    if count:
        talk.done(request, f"{count:,} {'is' if count == 1 else 'are'} on the way to QuickBooks again")
    else:
        talk.notice(request, "Nothing waits for this any more")
    return redirect(way_back(request, "quality"))


urlpatterns = [path("causes/retry/", retry, name="cause_retry")]
