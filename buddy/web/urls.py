"""The addresses of the pages; each module has its own `urlpatterns`."""

from django.urls import include, path

urlpatterns = [
    path("", include("buddy.web.shell")),
    path("", include("buddy.web.accounts")),
]
