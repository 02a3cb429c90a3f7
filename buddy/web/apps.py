from django.apps import AppConfig


class WebConfig(AppConfig):
    """What people see: templates, static files and template tags. It has no tables."""

    name = "buddy.web"
    label = "web"
