"""A person who connects: through Buddy's pages and the consent page of QuickBooks in this process."""

from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from django.test import Client
from django.urls import reverse

from simulator.app import Simulator


def begin(client: Client) -> str:
    """Press Connect; the address of the consent page that Buddy leads to."""
    answer = client.post(reverse("integrations_connect"))
    assert answer.status_code == 200, answer.headers
    return str(answer.context["url"])


def give(sim: Simulator, url: str, *, realm: str, decision: str = "connect") -> str:
    """Answer there; the address, with its query, that leads back to Buddy."""
    with httpx2.Client(transport=httpx2.WSGITransport(app=sim)) as http:
        answer = http.post(url, data={"company": realm, "decision": decision})
    assert answer.status_code == 303, answer.text
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def connect(client: Client, sim: Simulator, realm: str, *, decision: str = "connect") -> Any:
    """The whole way; the page it ends on."""
    return client.get(give(sim, begin(client), realm=realm, decision=decision), follow=True)


def callback(**params: str) -> str:
    return f"{reverse('integrations_callback')}?{urlencode(params)}"
