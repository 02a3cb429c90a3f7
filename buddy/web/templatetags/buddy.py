"""What templates need to show: icons, money, moments, pills and QuickBooks badges. Loaded in every template."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django import forms, template
from django.http import QueryDict
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from buddy.hub.invoices import Invoice, InvoiceStatus
from buddy.hub.orders import OrderStatus
from buddy.hub.quality import ReviewKind
from buddy.sync.status import Badge
from buddy.web.lists import with_query

register = template.Library()

SYMBOLS = {"USD": "$", "CAD": "CA$", "AUD": "A$", "NZD": "NZ$", "EUR": "€", "GBP": "£", "JPY": "¥"}

LABELS: dict[str, str] = {**dict(OrderStatus.choices), **dict(InvoiceStatus.choices)}
PILLS: dict[str, tuple[str, str]] = {
    OrderStatus.DRAFT: ("is-mute", "circle-dashed"),
    OrderStatus.CONFIRMED: ("is-mute", "circle"),
    OrderStatus.PROCESSING: ("is-info", "circle-half"),
    OrderStatus.SHIPPED: ("is-info", "truck"),
    OrderStatus.DELIVERED: ("is-ok", "circle-check"),
    OrderStatus.CANCELLED: ("is-mute", "ban"),
    InvoiceStatus.OPEN: ("is-info", "circle"),
    InvoiceStatus.PARTIAL: ("is-info", "circle-half"),
    InvoiceStatus.PAID: ("is-ok", "circle-check"),
    InvoiceStatus.OVERDUE: ("is-bad", "alert-circle"),
    InvoiceStatus.VOIDED: ("is-mute", "ban"),
    InvoiceStatus.DELETED: ("is-mute", "trash"),
    InvoiceStatus.DISCARDED: ("is-mute", "trash"),
    InvoiceStatus.NO_CHARGE: ("is-mute", "circle-dashed"),
}
KINDS: dict[str, tuple[str, str]] = {  # of a question in Data quality
    ReviewKind.MATCH: ("is-info", "link"),
    ReviewKind.UNLIKELY: ("is-mute", "question-mark"),
    ReviewKind.NEW: ("is-info", "plus"),
    ReviewKind.DUPLICATE: ("is-warn", "git-merge"),
    ReviewKind.CONFLICT: ("is-odd", "arrows-diff"),
    ReviewKind.DIFFERENCE: ("is-warn", "arrows-diff"),
    ReviewKind.PROBLEM: ("is-bad", "alert-triangle"),
}


@register.simple_tag
@cache  # a list of fifty rows shows hundreds of a few dozen drawings
def icon(name: str, css: str = "") -> SafeString:
    """One drawing of the sprite, hidden from readers: the words beside it say the same."""
    address = f"{static('vendor/icons.svg')}#i-{name}"
    classes = f"icon {css}".strip()
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', classes, address)


@register.simple_tag
@cache
def pill(status: str) -> SafeString:
    """The status of an order or an invoice: a word, with an icon of its own shape."""
    css, shape = PILLS[status]
    return format_html('<span class="b-pill {}">{}{}</span>', css, icon(shape, "icon-sm"), LABELS[status])


@register.simple_tag
def invoice_pill(invoice: Invoice, today: date) -> SafeString:
    """The derived status of an invoice (R9)."""
    return pill(invoice.status(today))


@register.filter
def kind_css(kind: str) -> str:
    return KINDS[kind][0]


@register.filter
def kind_icon(kind: str) -> str:
    return KINDS[kind][1]


@register.filter
def of[K, V](mapping: Mapping[K, V], key: K) -> V | None:
    """The value of a key: `badges|of:invoice.pk`."""
    return mapping.get(key)


@register.filter
def amount(value: Decimal | None, places: int = 2) -> str:
    """Money in a column: `1,284.40`, a true minus sign, no currency (the column's head has it)."""
    return "" if value is None else f"{value:,.{places}f}".replace("-", "−")


@register.filter
def price(value: Decimal | None) -> str:
    """A price with the decimals it has: two at least, four at most."""
    if value is None:
        return ""
    whole, _, decimals = f"{value:,.4f}".partition(".")
    return f"{whole}.{decimals[:2]}{decimals[2:].rstrip('0')}".replace("-", "−")


@register.filter
def quantity(value: Decimal | None) -> str:
    """`40` or `2.5`: no zeros that say nothing."""
    return "" if value is None else f"{value:,.4f}".rstrip("0").rstrip(".").replace("-", "−")


@register.filter
def po(number: str) -> str:
    """A customer's own number where no column head says what it is."""
    return number if number.upper().startswith("PO") else f"PO {number}"


@register.simple_tag
def money(value: Decimal, currency: str) -> SafeString:
    """Money that stands alone: `$1,284.40`; a currency without a sign of its own shows its code."""
    sign = "−" if value < 0 else ""
    return format_html('<span class="b-money">{}{}{}</span>', sign, symbol(currency), f"{abs(value):,.2f}")


@register.filter
def symbol(currency: str) -> str:
    """`$`, or the code where a currency has no sign of its own."""
    return SYMBOLS.get(currency, f"{currency} ")


@register.filter
def day(value: date | None) -> str:
    """`Nov 24`, with the year when it is another one."""
    if value is None:
        return ""
    return date_format(value, "M j" if value.year == timezone.localdate().year else "M j, Y")


@register.filter
def full_day(value: date | None) -> str:
    return "" if value is None else date_format(value, "M j, Y")


@register.filter
def due(value: date) -> str:
    """How far a due date is: `in 8 days`, `today`, `82 days late`."""
    days = (value - timezone.localdate()).days
    if days == 0:
        return "today"
    word = "day" if abs(days) == 1 else "days"
    return f"in {days} {word}" if days > 0 else f"{-days:,} {word} late"


BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


@register.filter
def browser(agent: str) -> str:
    """`Chrome on Windows`, out of what a browser says of itself; as it stands where that is nothing known."""
    name = next((name for sign, name in BROWSERS.items() if f"{sign}/" in agent), "")
    system = next((name for sign, name in SYSTEMS.items() if sign in agent), "")
    return f"{name} on {system}" if name and system else agent or "An unknown browser"


@register.simple_tag
def when(at: datetime | None) -> SafeString:
    """A moment, relative up to a day; the exact one stands in `title` and `datetime`."""
    return SafeString() if at is None else _time(at, relative(at, timezone.now()))


@register.simple_tag
def named(name: Any) -> SafeString:
    """A `happenings.Name`: a link where there is a page."""
    return format_html('<a href="{}">{}</a>', name.url, name.text) if name.url else format_html("{}", name.text)


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """`9:41 AM` of today, else with its date; the exact moment as in `when`."""
    local = timezone.localtime(at)
    clock = date_format(local, "g:i A")
    return _time(at, clock if local.date() == timezone.localdate() else f"{day(local.date())}, {clock}")


@register.filter
def seconds(span: timedelta | None) -> str:
    """`0.4 s`, `3 min 12 s`."""
    if span is None:
        return ""
    whole = int(span.total_seconds())
    return f"{whole // 60:,} min {whole % 60} s" if whole >= 60 else f"{span.total_seconds():.1f} s"


@register.simple_tag
def since(at: datetime) -> SafeString:
    """`since 9:41 AM`; the exact moment as in `when`."""
    local = timezone.localtime(at)
    today = local.date() == timezone.localdate()
    return _time(at, f"since {date_format(local, 'g:i A')}" if today else f"since {day(local.date())}")


def _time(at: datetime, words: str) -> SafeString:
    local = timezone.localtime(at)
    exact = f"{date_format(local, 'M j, Y, g:i:s A')} {local:%Z}"
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(timespec="seconds"), exact, words)


def relative(at: datetime, now: datetime) -> str:
    """`now`, `3 min ago`, `2 h ago`, `in 2 min`, `yesterday, 4:12 PM`, then the date."""
    away = now - at
    span = abs(away)
    if span < timedelta(minutes=1):
        return "now"
    if span < timedelta(days=1):
        minutes = int(span.total_seconds() // 60)
        words = f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
        return f"{words} ago" if away > timedelta(0) else f"in {words}"
    local, today = timezone.localtime(at), timezone.localdate(now)
    if local.date() == today - timedelta(days=1):
        return f"yesterday, {date_format(local, 'g:i A')}"
    return day(local.date())


@register.inclusion_tag("shell/_badge.html")
def qb_badge(badges: Mapping[int, Badge], kind: str, pk: int, full: bool = True, oob: bool = False) -> dict[str, Any]:
    """The QuickBooks badge of one object. Not `full`: the capsule alone, as in titles.

    Badges that wait or are being sent are refreshed by the page's `badge_poller`, which answers with them `oob`.
    """
    return {"badge": badges.get(pk), "kind": kind, "pk": pk, "full": full, "oob": oob}


@register.inclusion_tag("shell/_poller.html")
def badge_poller(badges: Mapping[int, Badge], kind: str, shows: str = "full", asked: int = 0) -> dict[str, Any]:
    """Refreshes the unsettled ones among `badges`: every 3 seconds, after a minute every 10; gone once all settled.

    `shows`: which of the two ways to show a badge stand on the page: "full", "cap" (not full), or "both".
    """
    ids = ",".join(str(pk) for pk, badge in badges.items() if badge.unsettled)
    return {"ids": ids, "kind": kind, "shows": shows, "asked": asked + 1, "seconds": 3 if asked < 20 else 10}


@register.inclusion_tag("shell/_field.html")
def field(bound: forms.BoundField, hint: str = "", css: str = "") -> dict[str, Any]:
    """A form field: label above, hint and error below, joined for readers."""
    return {"field": bound, "hint": hint or bound.help_text, "css": css, "control": _control(bound)}


@register.simple_tag
def cell(bound: forms.BoundField, of_what: object, focus: bool = False) -> SafeString:
    """A field in a table: its label is only for readers, and names the row; its error stands below it."""
    words = {"aria-label": f"{bound.label}, {of_what}", "placeholder": bound.label}
    control = _control(bound, words | ({"autofocus": True} if focus else {}))
    errors = format_html_join(" ", "{}", ((error,) for error in bound.errors))
    if not errors:
        return control
    return format_html('{}<div class="invalid-feedback d-block" id="{}_error">{}</div>', control, bound.auto_id, errors)


def _control(bound: forms.BoundField, attributes: Mapping[str, Any] | None = None) -> SafeString:
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        css = "form-check-input"
    else:
        css = "form-select" if isinstance(widget, forms.Select) else "form-control"
    css = f"{css} {widget.attrs.get('class', '')}".strip()
    return bound.as_widget(attrs={**(attributes or {}), "class": f"{css} is-invalid" if bound.errors else css})


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: str | None) -> SafeString:
    """The address of this list with some values changed: `{% query sort="-total" %}`; None removes one."""
    address: QueryDict = context["request"].GET
    return escape(with_query(address, **changes))


@register.inclusion_tag("shell/_sort_head.html", takes_context=True)
def sort_head(
    context: template.Context, label: str, name: str, css: str = "", first: str = "", unit: str = ""
) -> dict[str, Any]:
    """A column head that sorts. `first="-"` makes the first click sort downwards; `unit` is the currency."""
    order = context["page"].order
    on = order.sort.name == name
    turned = ("" if order.descending else "-") + name if on else first + name
    address = with_query(context["request"].GET, sort=turned)
    label = f"{label}, {unit}" if unit else label
    return {"label": label, "on": on, "descending": order.descending, "address": address, "css": css}
