"""Settings → Payment terms: when invoices are due."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_GET, require_http_methods

from buddy.hub import terms as verbs
from buddy.hub.terms import PaymentTerm, TermKind
from buddy.web import talk
from buddy.web.forms import attempt
from buddy.web.permission import admin
from buddy.web.request import Request


class TermForm(forms.Form):
    name = forms.CharField(label="Name", max_length=31, help_text="As customers read it, such as Net 30.")
    kind = forms.ChoiceField(label="Due", choices=TermKind)
    due_days = forms.IntegerField(label="Days after the invoice", min_value=0, max_value=999, initial=30)
    day_of_month = forms.IntegerField(label="Day of the month", min_value=1, max_value=31, initial=1)
    next_month_days = forms.IntegerField(
        label="Next month if within so many days", min_value=0, max_value=999, initial=0
    )
    active = forms.BooleanField(label="Offered for new customers and orders", required=False, initial=True)


@require_GET
@admin
def terms(request: Request) -> HttpResponse:
    return render(request, "terms/page.html", {"terms": PaymentTerm.objects.order_by("-active", "kind", "due_days")})


@require_http_methods(["GET", "POST"])
@admin
def edit(request: Request, pk: int | None = None) -> HttpResponse:
    """New terms, or other values for these."""
    term = get_object_or_404(PaymentTerm, pk=pk) if pk else None
    form = TermForm(request.POST or None, initial=_values(term))
    if form.is_valid() and (saved := _saved(request, form, term)):
        talk.done(request, f"{saved} saved", detail="Invoices made from now on follow it")
        return redirect("settings_terms")
    return render(request, "terms/edit.html", {"form": form, "term": term})


def _values(term: PaymentTerm | None) -> dict[str, Any]:
    return {name: getattr(term, name) for name in TermForm.base_fields} if term else {}


def _saved(request: Request, form: TermForm, term: PaymentTerm | None) -> PaymentTerm | None:
    values = form.cleaned_data
    if term:
        return attempt(form, lambda: verbs.change(term, values, by=request.user))
    return attempt(form, lambda: verbs.create(request.organization, values, by=request.user))


urlpatterns = [
    path("settings/terms/", terms, name="settings_terms"),
    path("settings/terms/new/", edit, name="settings_terms_new"),
    path("settings/terms/<int:pk>/", edit, name="settings_terms_edit"),
]
