"""Part of changing the secret keys (docs/operations.md): what the tokens' hourly renewal does not reach."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand

from buddy.sync.encrypted import box

_ENCRYPTED = ("secret", "seed")  # an app's key, the origin of recovery codes


class Command(BaseCommand):
    help = "Encrypt the keys of authenticator apps and recovery codes with the newest of BUDDY_SECRET_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        kept = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
        for each in kept:
            for name in _ENCRYPTED:
                if name in each.data:
                    each.data[name] = box().rotate(each.data[name].encode()).decode()
            each.save(update_fields=["data"])
        self.stdout.write(f"{len(kept)} encrypted with the newest key.")
