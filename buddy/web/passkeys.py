"""Passkeys in plain words: allauth's form, with other labels."""

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm


class AddPasskeyForm(AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alone = self.fields["passwordless"]
        alone.label = "It signs me in alone, without my password"
        alone.help_text = "Otherwise it is the second step after the password."
        alone.initial = True
