"""The sync's own tables. Foreign keys run from here to the hub, never back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from buddy.hub.products import Product
from buddy.hub.team import Organization, User
from buddy.sync.acceptances import Acceptance
from buddy.sync.encrypted import EncryptedTextField
from buddy.sync.findings import Audit, AuditLine, AuditOutcome, Fix, Verdict
from buddy.sync.planrows import Act, PlanRow
from buddy.sync.record import CallCount, CallMade, Outcome, Run, Taken, Trigger, Undo

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class ConnectionState(models.TextChoices):
    CONNECTED = "connected", "Connected"
    RECONNECT = "reconnect", "Needs reconnect"
    DISCONNECTED = "disconnected", "Disconnected"


class Rehearsal(models.TextChoices):
    """How far the plan of a first sync into a Buddy that held customers before is. Until it is approved, nothing is
    written to the hub or to QuickBooks; the mirror is."""

    NONE = "", "No plan"
    READING = "reading", "Reading the books"
    READY = "ready", "Waiting for approval"
    APPROVED = "approved", "Being carried out"


class Connection(models.Model):
    """Our standing permission for one QuickBooks company. It outlives a disconnect, and so do its links (R23)."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="connection")
    environment = models.CharField(max_length=10)
    realm = models.CharField(max_length=30)
    company_name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, choices=ConnectionState, default=ConnectionState.CONNECTED)
    reason = models.TextField(blank=True)  # in words, why it needs a person
    access_token = EncryptedTextField(blank=True)
    refresh_token = EncryptedTextField(blank=True)
    access_expires_at = models.DateTimeField(null=True)
    refresh_expires_at = models.DateTimeField(null=True)
    hard_expires_at = models.DateTimeField(null=True)
    grant_version = models.PositiveIntegerField(default=0)  # tokens are stored by compare-and-set on it (R23)
    connected_at = models.DateTimeField()
    connected_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    lease_owner = models.CharField(max_length=36, blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    paused_since = models.DateTimeField(null=True)  # tries that came to nothing are part of it
    paused_kind = models.CharField(max_length=12, blank=True)  # "throttled", "subscription", …
    paused_reason = models.TextField(blank=True)  # in words
    facts = models.JSONField(default=dict)  # what requirements read of the company
    facts_at = models.DateTimeField(null=True)
    first_synced_at = models.DateTimeField(null=True)
    rehearsal = models.CharField(max_length=8, choices=Rehearsal, default=Rehearsal.NONE, blank=True)
    planned_at = models.DateTimeField(null=True)  # when the plan was last brought up to date
    last_synced_at = models.DateTimeField(null=True)
    audit_due_at = models.DateTimeField(null=True)  # the night the books are compared next

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["environment", "realm"], name="one_organization_per_company")]


class Waiting(models.TextChoices):
    """Why a mirrored record is not carried over into the hub yet."""

    NO = "", "Carried over"
    TURN = "turn", "Its turn has not come"
    CUSTOMER = "customer", "Its customer is not decided"
    PERSON = "person", "A person must decide"


class Remote(models.Model):
    """Our mirror of one QuickBooks record, as last received (R2)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    entity = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=40)
    sync_token = models.CharField(max_length=12, blank=True)
    updated_at = models.DateTimeField(null=True)
    deleted = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    waiting = models.CharField(max_length=8, choices=Waiting, default=Waiting.NO, blank=True)
    owner_id = models.CharField(max_length=40, blank=True)  # the customer of a document, the parent of a customer
    name = models.CharField(max_length=500, blank=True)  # of a list record
    code = models.CharField(max_length=100, blank=True)  # the SKU of an item, the number of a document
    body = models.TextField()  # JSON as received

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "entity", "remote_id"], name="one_mirror_row")]
        indexes = [
            models.Index(
                fields=["organization", "waiting", "entity", "id"], condition=~Q(waiting=""), name="mirror_waiting"
            ),
            models.Index(
                fields=["organization", "owner_id"], condition=Q(waiting="customer"), name="mirror_waiting_for"
            ),
        ]


class RemoteKey(models.Model):
    """The keys of a mirrored customer that `hub.matching` counts: how many there share an email, a name, a phone."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    remote_id = models.CharField(max_length=40)
    key = models.BigIntegerField()

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "key", "remote_id"], name="one_remote_key_each")]
        indexes = [models.Index(fields=["organization", "remote_id"], name="keys_of_remote")]


class LinkState(models.TextChoices):
    AGREED = "agreed", "In sync"
    CONFLICT = "conflict", "Conflict"
    INACTIVE = "inactive", "Inactive in QuickBooks"
    GONE = "gone", "Deleted in QuickBooks"


class Link(models.Model):
    """A hub object and a QuickBooks id, with what each side held when they last agreed (R6)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    entity = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=40)
    ours = models.JSONField(null=True)
    theirs = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=LinkState, default=LinkState.AGREED)
    note = models.TextField(blank=True)  # "QuickBooks stored it as …" (R6)
    rule = models.CharField(
        max_length=60, blank=True
    )  # why they were joined: "email", "name", "created there", "by Maria"
    synced_at = models.DateTimeField()

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind", "object_id"], name="one_link_per_object"),
            models.UniqueConstraint(fields=["organization", "entity", "remote_id"], name="one_link_per_record"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "kind", "object_id"], condition=~Q(state="agreed"), name="link_in_trouble"
            )
        ]


class ItemWish(models.Model):
    """A person wants this product as an item in QuickBooks, booked to this income account there."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    product = models.OneToOneField(Product, on_delete=models.CASCADE)
    account_id = models.CharField(max_length=40)

    objects = ScopedManager(organization="organization")


class Trouble(models.Model):
    """Why one object is not in step, in words, until it is. `cause` names the root, so that equal ones group."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    cause = models.CharField(max_length=60)  # "item:42", "fault:6240"
    reason = models.TextField()  # for the person: what happened and what to do
    said = models.TextField(blank=True)  # what QuickBooks said, with the trace id
    since = models.DateTimeField()

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind", "object_id"], name="one_trouble_per_object")
        ]
        indexes = [models.Index(fields=["organization", "cause"], name="trouble_by_cause")]


class Sending(models.Model):
    """One frozen request, resent byte for byte until it has an answer (R12)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    request_id = models.CharField(max_length=36)
    body = models.BinaryField()
    frozen_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True)
    run = models.ForeignKey("sync.Run", on_delete=models.SET_NULL, null=True, related_name="sendings")  # that froze it

    objects = ScopedManager(organization="organization")
    items: RelatedManager[SendingItem]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "request_id"], name="request_id_used_once")]
        indexes = [models.Index(fields=["organization", "id"], condition=Q(settled_at=None), name="sending_unsettled")]


class ItemState(models.TextChoices):
    OPEN = "open", "Sending"
    CONFIRMED = "confirmed", "Confirmed"
    REJECTED = "rejected", "Rejected"
    RETURNED = "returned", "Nothing was written; marked again"


class SendingItem(models.Model):
    """One object in a Sending. At most one is open per object (R12)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    sending = models.ForeignKey(Sending, on_delete=models.CASCADE, related_name="items")
    bid = models.CharField(max_length=10)
    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    entity = models.CharField(max_length=20)
    operation = models.CharField(max_length=10)  # "create", "update" or "void"
    marker = models.CharField(max_length=60, blank=True)  # what we can recognise our own by (R13)
    ours = models.JSONField(null=True)  # the values it carries, as Buddy held them when it was frozen
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.OPEN)
    code = models.CharField(max_length=10, blank=True)
    said = models.TextField(blank=True)  # what QuickBooks said, with the trace id
    answer = models.TextField(blank=True)  # the record as QuickBooks answered it, JSON
    remote_id = models.CharField(max_length=40, blank=True)
    settled_at = models.DateTimeField(null=True)

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "object_id"], condition=Q(state="open"), name="one_open_item_per_object"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "kind", "object_id", "-id"], name="item_of_object"),
            models.Index(fields=["organization", "marker"], condition=~Q(marker=""), name="item_by_marker"),
        ]


class Cursor(models.Model):
    """How far pull has got: `name` is "changes" or, while a full pull runs, an entity."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    name = models.CharField(max_length=20)
    since = models.DateTimeField(null=True)  # the server's time, less the overlap (R4)
    done = models.BooleanField(default=False)

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="one_cursor_per_name")]


class Notice(models.Model):
    """A webhook's hint that something changed. Kept for a week, so that repeats are recognised."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    event_id = models.CharField(max_length=100)
    entity = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=40)
    operation = models.CharField(max_length=20)
    merged_id = models.CharField(max_length=40, blank=True)
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "event_id"], name="one_notice_per_event")]
        indexes = [
            models.Index(fields=["organization", "id"], condition=Q(handled_at=None), name="notice_waiting"),
            models.Index(fields=["organization", "received_at"], name="notice_by_age"),
        ]


__all__ = [
    "Acceptance",
    "Act",
    "Audit",
    "AuditLine",
    "AuditOutcome",
    "CallCount",
    "CallMade",
    "Connection",
    "ConnectionState",
    "Cursor",
    "Fix",
    "ItemState",
    "ItemWish",
    "Link",
    "LinkState",
    "Notice",
    "Outcome",
    "PlanRow",
    "Rehearsal",
    "Remote",
    "RemoteKey",
    "Run",
    "Sending",
    "SendingItem",
    "Taken",
    "Trigger",
    "Trouble",
    "Undo",
    "Verdict",
    "Waiting",
]
