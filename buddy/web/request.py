"""The request as views see it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from buddy.hub.team import Membership, Organization, User


class Request(HttpRequest):
    """A request of a signed-in member of an organization, as `middleware` leaves it. For annotations only."""

    user: User
    organization: Organization
    membership: Membership
    htmx: HtmxDetails
