from django.apps import AppConfig


class HubConfig(AppConfig):
    name = "buddy.hub"
    label = "hub"
    default_auto_field = "django.db.models.BigAutoField"
