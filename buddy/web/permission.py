"""Who may ask for what. The role is checked before anything is read; templates hide what a role cannot do."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase

from buddy.hub.team import Membership
from buddy.web.request import Request

type View[**P] = Callable[Concatenate[Request, P], HttpResponseBase]


def lacks_second_step(request: Request) -> bool:
    """Whether the organization wants more than a password of its people, and this one has nothing more."""
    return request.organization.requires_two_step and not is_mfa_enabled(request.user)


def _only[**P](allowed: Callable[[Membership], bool], refusal: str) -> Callable[[View[P]], View[P]]:
    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def checked(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not allowed(request.membership):
                raise PermissionDenied(refusal)
            return view(request, *args, **kwargs)

        return checked

    return decorate


def editor[**P](view: View[P]) -> View[P]:
    """For Editors and Admins; a Viewer gets a page that says so."""
    refusal = "You can look at everything here, but not change it. An admin of your team can make you an Editor."
    return _only(lambda member: member.may_edit, refusal)(view)


def admin[**P](view: View[P]) -> View[P]:
    """For Admins; everybody else gets a page that says so."""
    return _only(lambda member: member.may_connect, "This page is for the admins of your team. Ask one of them.")(view)
