"""The switches where public evidence is missing or contradictory (api 14): guarded defaults, each changeable."""

from dataclasses import dataclass


@dataclass
class Choices:
    """How to decide what nobody outside Intuit knows for sure. Defaults are what bites a careless client more."""

    delete_paid_invoice: str = "refuse"  # or "unapply" (api 4.4)
    over_application: str = "refuse"  # or "cap" at the invoice's balance (api 5.4)
    warn_duplicate_numbers: bool = True  # the company setting behind 6140 that no API shows (api 5.3.1)
    max_results_over: str = "refuse"  # or "cap" at 1000 (api 3.3)
    cdc_window: str = "refuse"  # older than 30 days: "refuse", "clamp", or "ignore" as a 2020 sandbox did (api 7)
    closed_books_code: str = "6210"  # or "6200"; both are documented (api 9.2)
    own_codes: bool = False  # 6080, 6090, 6100 of the SDKs' list where 2020 and 6000 are otherwise given (api 9.2)
    auto_apply_app_payments: bool = False  # AutoApplyPayments holds for payments of apps too (api 5.4)
    request_id_conflict: str = "replay"  # another body under a used requestid: "replay", or "refuse" with 600 (api 4.8)
    noisy_replies: bool = True  # ids and coordinates that differ between GET and query, as recorded (api 5.1, 5.1.1)
    exotic_characters: str = "lose"  # emoji in a US company: "lose", "refuse", or "keep" (api 2.1)
    mails_per_day: int | None = 40  # of apps, as in a sandbox (api 4.7); None is without end
    inactivate_with_balance: str = "allow"  # or "refuse" with 6220 (api 4.4)
    merge_touches_transactions: bool = False  # merge moves LastUpdatedTime of re-pointed transactions (api 5.1.3)
    replay_faults: bool = False  # a refused write is answered again from the requestid store (api 4.8)
    request_id_days: int | None = None  # how long a requestid is remembered; None is for ever (api 4.8)
    default_term_days: int = 30  # DueDate without any term (api 5.3)
    code_minutes: int = 10  # life of an authorization code (api 1.2)
    unicode_queries: bool = False  # accept characters beyond ISO-8859-1 in a query (api 3.2)

    def change(self, name: str, value: str) -> None:
        """Set one switch from text; ValueError names what is wrong."""
        if name not in self.__dataclass_fields__:
            raise ValueError(f"no switch called {name!r}; there are {', '.join(self.__dataclass_fields__)}")
        setattr(self, name, self._typed(name, value))

    def _typed(self, name: str, value: str) -> bool | int | str | None:
        present = getattr(self, name)
        if isinstance(present, bool):
            return value.lower() in {"1", "true", "yes", "on"}
        if isinstance(present, int) or name in {"request_id_days", "mails_per_day"}:
            return None if value.lower() == "none" else int(value)
        return value
