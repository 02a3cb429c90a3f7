"""The business's own facts: what can be kept, that numbers only rise, and what becomes of a logo."""

import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from buddy.hub import activity, logos, organizations
from buddy.hub.errors import Invalid
from buddy.hub.team import Organization
from buddy.hub.tiers import Tier
from tests import makers as make
from tests.web.made import picture

pytestmark = pytest.mark.django_db


def test_the_business_changes_its_own_facts(organization: Organization) -> None:
    values = {"name": "Larkspur", "time_zone": "Europe/Berlin", "order_prefix": "B-"}
    organizations.change(organization, values, by=None, now=make.NOW)
    organization.refresh_from_db()
    assert (organization.time_zone, organization.order_prefix) == ("Europe/Berlin", "B-")
    [entry] = activity.of(organization, "organization", organization.pk)
    assert entry.changes["time_zone"] == ["America/New_York", "Europe/Berlin"]
    with pytest.raises(Invalid, match="time zone is not known"):
        organizations.change(organization, {"time_zone": "Mars"}, by=None)


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("website", "larkspur.example", "https://larkspur.example"),
        ("website", "", ""),
        ("email", "Hello@Larkspur.example", "hello@larkspur.example"),
        ("brand_color", "#1F4E79", "#1f4e79"),
        ("accent_color", "#767676", "#767676"),  # the lightest grey with a contrast of 4.5
    ],
)
def test_a_fact_is_kept_as_it_is_meant(organization: Organization, field: str, value: str, kept: str) -> None:
    organizations.change(organization, {field: value}, by=None)
    organization.refresh_from_db()
    assert getattr(organization, field) == kept


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("website", "javascript://x", "not an address of a website"),
        ("website", "larkspur", "not an address of a website"),
        ("email", "june@l", "no ending"),
        ("brand_color", "red", "six digits"),
        ("brand_color", "#777777", "hard to read"),
        ("accent_color", "#ffff00", "contrast 1.1"),
        ("default_unit", "x" * 21, "20 fit"),
    ],
)
def test_a_fact_that_will_not_do_is_refused_in_words(
    organization: Organization, field: str, value: str, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        organizations.change(organization, {field: value}, by=None)


def test_numbers_only_rise(organization: Organization) -> None:
    organizations.change(organization, {"last_order_number": 4999}, by=None)
    assert str(make.order()) == "SO-5000"
    with pytest.raises(Invalid, match="up to 5000 may be in use"):
        organizations.change(organization, {"last_order_number": 4999}, by=None)


def test_the_tier_of_new_customers_is_one_of_ours(organization: Organization) -> None:
    theirs = Tier(organization=make.organization("Elsewhere"), name="Theirs")
    with pytest.raises(Invalid, match="one from the list"):
        organizations.change(organization, {"default_tier": theirs}, by=None)


# --- Logos -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.BUDDY_DATA = tmp_path
    return tmp_path / "logos"


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_logo_is_drawn_anew_so_that_nothing_else_in_the_file_survives(
    organization: Organization, folder: Path, kind: str
) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>")
    options = {"pnginfo": notes} if kind == "PNG" else {"comment": b"<script>alert(1)</script>"}
    organizations.set_logo(organization, picture(3000, 1500, kind=kind, **options) + b"<script>", by=None)
    organization.refresh_from_db()
    kept = logos.read(organization)
    assert kept
    assert b"script" not in kept
    image = Image.open(BytesIO(kept))
    assert (image.format, image.size) == ("PNG", (1200, 600))


@pytest.mark.django_db(transaction=True)
def test_a_new_logo_replaces_the_file_of_the_old_one_and_removing_leaves_none(
    organization: Organization, folder: Path
) -> None:
    organizations.set_logo(organization, picture(), by=None)
    first = organization.logo
    organizations.set_logo(organization, picture(300, 300), by=None)
    assert [file.name for file in folder.iterdir()] == [organization.logo]
    assert organization.logo != first
    organizations.remove_logo(organization, by=None)
    assert (list(folder.iterdir()), logos.read(organization)) == ([], None)
    told = activity.of(organization, "organization", organization.pk)
    assert [entry.event for entry in told] == ["organization.updated"] * 3


def bomb() -> bytes:
    """A PNG of 40,000 × 40,000 pixels by its own account, in few bytes."""
    out = bytearray(picture())
    out[16:24] = (40_000).to_bytes(4, "big") * 2
    out[29:33] = zlib.crc32(bytes(out[12:29])).to_bytes(4, "big")
    return bytes(out)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG drawings"),
        (b"  <svg/>", "SVG drawings"),
        (b"", "not a picture"),
        (b"GIF89a" + b"\0" * 100, "not a picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "not a picture"),
        (picture()[:200], "not a picture"),
        (picture(199, 400), "199 × 400 pixels"),
        (picture(400, 400, kind="BMP"), "not a picture"),
        (b"\0" * (2 * 1024 * 1024 + 1), r"2\.0 MB; 2 fit"),
        (bomb(), "more pixels than Buddy unpacks"),
        (picture(6000, 5000), "more pixels than Buddy unpacks"),
    ],
)
def test_what_is_no_usable_picture_is_refused_in_words(
    organization: Organization, folder: Path, file: bytes, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        organizations.set_logo(organization, file, by=None)
    assert not folder.exists()
    assert not organization.logo


def test_a_logo_whose_file_is_elsewhere_is_none(organization: Organization, folder: Path) -> None:
    organizations.set_logo(organization, picture(), by=None)
    (folder / organization.logo).unlink()
    assert logos.read(organization) is None
