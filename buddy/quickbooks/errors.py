"""Every way QuickBooks says no, as an error named for its remedy, with plain words for the person who reads it.

`str(error)` is for the log and holds neither tokens nor values; `detail`, QuickBooks' own sentence, may name customers
and is for the page only. Which code is which of these stands in `faults`.
"""

from typing import ClassVar


class QuickBooksError(Exception):
    """A call that did not do what it was asked. The subclass says what helps."""

    plain: ClassVar[str] = (
        "QuickBooks refused this for a reason Buddy does not know. Nothing was changed there. "
        "See what QuickBooks said, correct it, and try again."
    )

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int | None = None,
        trace_id: str = "",
        detail: str = "",
        element: str = "",
        user_text: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.trace_id = trace_id
        self.detail = detail
        self.element = element
        self.user_text = user_text or self.plain

    def __str__(self) -> str:
        facts = {"code": self.code, "status": self.status, "element": self.element, "trace": self.trace_id}
        told = " ".join(f"{name}={value}" for name, value in facts.items() if value)
        return f"{self.message} [{told}]" if told else self.message


class Retryable(QuickBooksError):
    """It may work later. `wait`: seconds to wait, where they are known. `in_doubt`: the write may have happened, so
    send the same bytes under the same request id again, or look first (R12, R13)."""

    plain = (
        "QuickBooks could not be reached or did not finish. Nothing is lost: what is waiting stays waiting. "
        "Buddy tries again by itself."
    )
    wait: float | None = None
    in_doubt: bool = False


class Throttled(Retryable):
    """Too many calls, or the app's monthly reads are used up (api 10.1): the whole company pauses for `wait`."""

    plain = (
        "QuickBooks asked Buddy to slow down. Nothing is lost: what is waiting stays waiting. "
        "Buddy goes on by itself in a minute."
    )
    wait = 60.0


class Reconnect(QuickBooksError):
    """QuickBooks no longer accepts this connection: an admin has to connect again."""

    plain = (
        "QuickBooks no longer accepts the connection: it ran out, or someone ended it in QuickBooks. Nothing is lost, "
        "and all links stay. An admin presses Reconnect QuickBooks."
    )


class Paused(QuickBooksError):
    """The whole company has to wait for something outside Buddy. `reason`: moved, subscription, admin or plan."""

    reason: str = ""


class Stale(QuickBooksError):
    """The object has changed since it was read: read, merge, send again."""


class Duplicate(QuickBooksError):
    """The name or the number is taken. `kind`: "name" or "number"; `existing_id`: who has the number, if told."""

    kind: str = ""
    existing_id: str = ""


class Gone(QuickBooksError):
    """Not there, or inactive. After a read it is the object itself; after a write it may be one it refers to."""


class Rejected(QuickBooksError):
    """A rule of QuickBooks, or a mistake in the request: a person has to settle it."""
