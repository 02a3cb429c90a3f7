from django.apps import AppConfig

from buddy.hub import scoping


class HubConfig(AppConfig):
    name = "buddy.hub"
    label = "hub"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        scoping.install()
