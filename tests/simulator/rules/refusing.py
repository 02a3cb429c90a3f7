"""Say that QuickBooks refuses something, and with which code."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.simulator.caller import Refused


@contextmanager
def refused(code: str, detail: str = "", *, element: str | None = "any", status: int = 400) -> Iterator[None]:
    """What happens inside gets this code; `detail` is part of the text, `element` None: the key is not there."""
    with pytest.raises(Refused) as caught:
        yield
    assert (caught.value.status, caught.value.code) == (status, code), str(caught.value)
    assert detail in caught.value.detail
    if element != "any":
        assert caught.value.element == element
