"""Who may do what: organizations, the people who sign in, and their roles."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F
from django_scopes import ScopedManager

from buddy.hub.address import AddressField

_SPREAD = 180  # minutes


class BothChanged(models.TextChoices):
    """Whose value holds when people changed a field here and in the books alike, differently (R6)."""

    ASK = "ask", "A person decides"
    BOOKS = "books", "The books’ value"
    BUDDY = "buddy", "Buddy’s value"


class ClosedBooks(models.TextChoices):
    """What becomes of an invoice whose date falls in a period that is closed in the books."""

    ASK = "ask", "A person decides"
    HOLD = "hold", "It waits until they are open"
    NEXT = "next", "It is dated the first open day"


class AutoInvoice(models.TextChoices):
    """When an order is invoiced without anybody asking."""

    NEVER = "never", "Never"
    SHIPPED = "shipped", "When it is shipped"
    DELIVERED = "delivered", "When it is delivered"


class Organization(models.Model):
    """One wholesale business using Buddy. Everything else belongs to exactly one of these."""

    name = models.CharField(max_length=200)
    legal_name = models.CharField(max_length=200, blank=True)
    tax_id = models.CharField(max_length=40, blank=True)
    industry = models.CharField(max_length=100, blank=True)
    address = AddressField()
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    website = models.URLField(blank=True)
    logo = models.CharField(max_length=80, blank=True)  # the name of a file, see logos
    brand_color = models.CharField(max_length=7, blank=True)  # "#1f4e79": white on it, and it on white, can be read
    accent_color = models.CharField(max_length=7, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    country = models.CharField(max_length=2, default="US")
    time_zone = models.CharField(max_length=64, default="America/New_York")
    order_prefix = models.CharField(max_length=10, default="SO-", blank=True)
    invoice_prefix = models.CharField(max_length=10, blank=True)
    name_alone_links = models.BooleanField(default=False)  # an exact company name, unique on both sides, without asking
    both_changed = models.CharField(max_length=5, choices=BothChanged, default=BothChanged.ASK)
    closed_books = models.CharField(max_length=4, choices=ClosedBooks, default=ClosedBooks.ASK)
    requires_two_step = models.BooleanField(default=False)  # nobody works here with a password alone
    default_unit = models.CharField(max_length=20, blank=True)  # of a new product
    default_tier = models.ForeignKey("hub.Tier", on_delete=models.SET_NULL, null=True, related_name="+")
    requires_phone = models.BooleanField(default=False)  # of a customer that a person adds
    requires_address = models.BooleanField(default=False)
    requires_po = models.BooleanField(default=False)  # every order but a draft has its customer's number
    auto_invoice = models.CharField(max_length=9, choices=AutoInvoice, default=AutoInvoice.NEVER)
    price_decimals = models.PositiveSmallIntegerField(default=2)  # 2 to 4: of prices typed, and of those discounted
    last_order_number = models.PositiveBigIntegerField(default=1000)
    last_invoice_number = models.PositiveBigIntegerField(default=1000)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    def today(self, now: datetime) -> date:
        """The date it is where the business is."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def next(self, hour: time, *, now: datetime) -> datetime:
        """When it is this hour next where the business is."""
        zone, day = ZoneInfo(self.time_zone), self.today(now)
        today = datetime.combine(day, hour, zone)
        return today if today > now else datetime.combine(day + timedelta(days=1), hour, zone)

    def next_night(self, hour: time, *, now: datetime) -> datetime:
        """As `next`, spread over three hours, so that the nights of several organizations do not meet."""
        apart = timedelta(minutes=(self.pk or 0) * 37 % _SPREAD)
        return self.next(hour, now=now - apart) + apart


class People(BaseUserManager["User"]):
    """Users are found by email address, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an email address and a password."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    theme = models.CharField(max_length=5, blank=True, choices=[("light", "Light"), ("dark", "Dark")])
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = People()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        words = (self.name or self.email).replace(".", " ").split()
        return "".join(word[0] for word in words[:2]).upper()


class Role(models.TextChoices):
    ADMIN = "admin", "Admin"
    EDITOR = "editor", "Editor"
    VIEWER = "viewer", "Viewer"


class Membership(models.Model):
    """What one person may do in one organization."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    hides_first_steps = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True)  # when they last chose to work here; of several, the latest opens
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="one_membership_each")]

    @property
    def may_view_settings(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def may_connect(self) -> bool:
        """Connect and disconnect the books, change the team and the organization, delete records."""
        return self.role == Role.ADMIN

    @property
    def may_edit(self) -> bool:
        """Create and change customers, products and orders, create invoices, settle reviews, press Sync."""
        return self.role in (Role.ADMIN, Role.EDITOR)


def installation_is_empty() -> bool:
    """True until the first admin exists; only then is the set-up page open."""
    return not User.objects.exists()


def next_order_number(organization: Organization) -> str:
    """Take the next number for an order, with its prefix. Whoever else takes one waits for this transaction."""
    rows = Organization.objects.filter(pk=organization.pk)
    rows.update(last_order_number=F("last_order_number") + 1)
    return organization.order_prefix + str(rows.values_list("last_order_number", flat=True).get())
