"""The addresses of Buddy."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("buddy.web.urls")),  # first, as it wraps some of allauth's pages
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
]

handler400 = "buddy.web.errors.bad_request"
handler403 = "buddy.web.errors.forbidden"
handler404 = "buddy.web.errors.not_found"
handler429 = "buddy.web.errors.too_many"
handler500 = "buddy.web.errors.server_error"
