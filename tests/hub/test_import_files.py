"""Files as people's programs write them: read for what they are, or refused in words before anything is written."""

import os
import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buddy.hub import imports
from buddy.hub.checks import Unfit
from buddy.hub.customers import Customer
from buddy.hub.imports import ImportRow, State, fields, formats
from buddy.hub.team import Organization
from tests import makers as make
from tests.hub import filed

pytestmark = pytest.mark.django_db

ACCENTED = "Name,City,Notes\nCafé Müller,Orléans,“Señora Peña” — naïve façade\nHôtel Crêpe,Besançon,Übergröße\n"


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("utf-16-le", ","), ("utf-16-be", "|"), ("cp1252", ";"),
     ("mac_roman", ",")],
)  # fmt: skip
def test_encodings_and_delimiters_are_found_out(encoding: str, delimiter: str, organization: Organization) -> None:
    filed.applied(ACCENTED.replace(",", delimiter).encode(encoding))
    names = set(Customer.objects.values_list("display_name", "notes"))
    assert names == {("Café Müller", "“Señora Peña” — naïve façade"), ("Hôtel Crêpe", "Übergröße")}


def test_latin_1_is_read_as_what_windows_makes_of_it(organization: Organization) -> None:
    filed.applied("Name,City\nCafé Müller,Orléans\n".encode("iso8859-1"))
    assert Customer.objects.get().display_name == "Café Müller"


def test_a_person_can_have_a_file_read_another_way(organization: Organization) -> None:
    batch = filed.read("Name,City\nCafé Lux,Nîmes\n".encode("cp1252"))
    imports.read_again(batch, {"encoding": "mac_roman"})
    filed.work(batch)
    assert batch.found["encoding"] == "mac_roman"
    assert batch.columns[0]["samples"] != ["Café Lux"]


def test_titles_above_the_headings_and_empty_rows_are_passed_over(organization: Organization) -> None:
    batch = filed.read("Customer list,,\nAs of 11/24/2026,,\n,,\nName,Phone,City\n\nBao House,415,Oakland\n,,\n")
    assert (batch.found["heading"], batch.total) == (4, 1)
    assert batch.mapping == {"0": "display_name", "1": "phone", "2": "city"}


def test_two_columns_of_one_heading_are_both_shown_and_one_is_taken(organization: Organization) -> None:
    batch = filed.read("Name,Email,Email\nBao House,a@bao.example,b@bao.example\n")
    assert [column["heading"] for column in batch.columns] == ["Name", "Email", "Email"]
    assert batch.mapping == {"0": "display_name", "1": "email"}


def test_a_workbook_gives_numbers_dates_and_texts_as_they_are_meant(organization: Organization) -> None:
    make.customer("Bao House")
    make.product("Olive oil", sku="00123", price="9.00")
    book = filed.workbook(
        ["Customer", "SKU", "Qty", "Unit price", "Order date"],
        ["Bao House", "00123", 2.5, 1234.5, "2026-11-03"],
    )
    batch = filed.applied(book, "orders")
    assert batch.results == {"created": 1}, filed.rows(batch)[0].told
    [row] = filed.rows(batch)
    assert (row.values["quantity"], row.values["unit_price"]) == ("2.5000", "1234.5000")


def test_what_an_export_guards_against_calculating_comes_back_as_it_was(organization: Organization) -> None:
    filed.applied("Name,Phone\n'=Bao House,'+1 415 555 0199\n")
    bao = Customer.objects.get()
    assert (bao.display_name, bao.phone) == ("=Bao House", "+1 415 555 0199")


# --- Refused ---------------------------------------------------------------------------------------------------------


def _zip(**parts: bytes) -> bytes:
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_x_", "."), content)
    return kept.getvalue()


def _with_cell(place: str) -> bytes:
    """A workbook whose only sheet says that it has a cell there."""
    return filed.parts_replaced(filed.workbook(["Name"], ["Bao House"]), b'r="A2"', b'r="%s"' % place.encode())


BAD = {
    "empty": (b"", "The file is empty"),
    "only blank rows": (b",,,\n,,\n", "nothing in this file but empty rows"),
    "headings alone": (b"Name,Email\n", "no rows below"),
    "NUL bytes": (b"Name,City\nBao\0 House,Oakland\n" * 40, "Line 2 holds NUL bytes"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "This is a picture"),
    "a PDF": (b"%PDF-1.7\n" + bytes(100), "This is a PDF"),
    "a web page called .xls": (b"<html><table><tr><td>Name</td></tr></table></html>", "This is a web page"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel file (.xls)"),
    "a protected workbook": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        "protected by a password",
    ),
    "a binary workbook": (_zip(xl__workbook_x_bin=b"x"), "binary Excel workbook"),
    "an OpenDocument": (_zip(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "OpenDocument"),
    "an archive": (_zip(customers_x_csv=b"Name\nBao\n"), "an archive of files"),
    "a broken workbook": (filed.workbook(["Name"], ["Bao House"])[:-200], "damaged or not complete"),
    "a zip bomb": (_zip(xl__workbook_x_xml=b"<workbook/>", xl__bomb_x_xml=bytes(300 * 2**20)), "unpacks to 300 MB"),
    "a bomb of empty texts": (
        _zip(
            xl__workbook_x_xml=b"<workbook/>",
            xl__sharedStrings_x_xml=b"<si/>" * 10_100_000,
            xl__noise_x_bin=os.urandom(2**19),
        ),
        "more than 10,000,000 cells",
    ),
    "a huge sheet": (_with_cell("XFD1048576"), "reaches to row 1,048,576 and column XFD"),
    "merged cells": (filed.workbook(["Name", "City"], ["Bao", "x"], [], merged="B3:B4"), "The cells B3:B4 are merged"),
    "a cell of 10 MB": (b"Name,Notes\nBao House,BAO\n".replace(b"BAO", b"x" * 10_000_000), "quotation mark was opened"),
    "a quote never closed": (b'Name,City\nBao,"Oakland\n' + b"Hotel,Salem\n" * 20_000, "quotation mark was opened"),
    "too many columns": (b"Name" + b",x" * 300 + b"\nBao\n", "more than 200 columns"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_in_words_and_leaves_nothing(what: str, organization: Organization) -> None:
    content, why = BAD[what]
    batch = filed.read(content, name="list.xlsx")  # what it is called is not believed
    assert batch.state == State.UNREADABLE
    assert why in batch.problem
    assert not ImportRow.objects.exists()
    assert not Customer.objects.exists()


def test_letters_that_an_encoding_does_not_have_are_told(organization: Organization) -> None:
    batch = filed.read("Name,City\nBao House,Oakland\nCafé,Nîmes\n".encode("cp1252"))
    imports.read_again(batch, {"encoding": "utf-8-sig"})
    filed.work(batch)
    assert batch.state == State.UNREADABLE
    assert "letters that Unicode (UTF-8) does not have" in batch.problem


@pytest.mark.parametrize("wanted", [{"encoding": "utf-16"}, {"encoding": "utf-16", "delimiter": ",", "heading": 1}])
def test_utf_16_without_its_mark_is_told_and_can_be_read_another_way(
    wanted: dict[str, object], organization: Organization
) -> None:
    batch = filed.read("Name,City\nBao House,Oakland\n")
    imports.read_again(batch, wanted)
    filed.work(batch)
    assert (batch.state, "Choose another" in batch.problem) == (State.UNREADABLE, True)
    imports.read_again(batch, {})
    assert filed.work(batch).state == State.ASKING


def test_a_byte_that_windows_has_no_letter_for_does_not_stop_the_file(organization: Organization) -> None:
    filed.applied("Name,City\nCafé Müller,Orléans\n".encode("cp1252") + b"Bao\x81,Oakland\n")
    assert Customer.objects.filter(display_name="Café Müller").exists()


# --- Numbers, dates, headings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "style", "value"),
    [
        ("1,234.56", "us", "1234.56"), ("1.234,56", "europe", "1234.56"), ("$1,250.5", "us", "1250.5"),
        ("1 234,56 €", "europe", "1234.56"), ("1'234.50", "us", "1234.50"), ("(12.50)", "us", "-12.50"),
        ("12.50-", "us", "-12.50"), ("USD 7", "us", "7"), (".5", "us", "0.5"), ("1.234", "europe", "1234"),
        ("1,234,567", "us", "1234567"), ("25 %", "us", "25"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_both_continents_write_them(text: str, style: str, value: str) -> None:
    assert f"{formats.number(text, style):f}" == value


def test_what_a_workbook_calculates_is_read_with_as_many_digits_as_it_shows() -> None:
    assert f"{formats.number(10 * 1.1, 'us'):f}" == "11"
    assert f"{formats.number(0.1 + 0.2, 'us'):f}" == "0.3"


def test_a_workbook_with_no_number_in_a_cell_of_numbers_has_that_row_refused(organization: Organization) -> None:
    book = filed.parts_replaced(filed.workbook(["Name", "Price"], ["Feta", 1.5]), b"<v>1.5</v>", b"<v>INF</v>")
    batch = filed.planned(book, "products")
    assert filed.acts(batch) == ["refuse"]
    assert "is not a number" in filed.rows(batch)[0].said


@pytest.mark.parametrize(("text", "style"), [("1.234,56", "us"), ("12,5", "us"), ("1,234.56", "europe"), ("ten", "us")])
def test_a_number_written_another_way_is_refused_and_not_guessed(text: str, style: str) -> None:
    with pytest.raises(Unfit):
        formats.number(text, style)


@pytest.mark.parametrize(
    ("text", "style", "day"),
    [
        ("11/24/2026", "mdy", "2026-11-24"), ("24/11/2026", "dmy", "2026-11-24"), ("24.11.2026", "mdy", "2026-11-24"),
        ("2026-11-24", "dmy", "2026-11-24"), ("Nov 24, 2026", "mdy", "2026-11-24"),
        ("24 Nov 2026", "mdy", "2026-11-24"), ("3/4/26", "mdy", "2026-03-04"),
        ("2026-11-24T09:30:00", "mdy", "2026-11-24"),
        ("11/24/2026 9:30 AM", "mdy", "2026-11-24"),
    ],
)  # fmt: skip
def test_dates_are_read_as_both_continents_write_them(text: str, style: str, day: str) -> None:
    assert formats.day(text, style).isoformat() == day


@given(st.decimals(-999_999, 999_999, places=2, allow_nan=False, allow_infinity=False))
@settings(max_examples=200)
def test_what_is_written_in_a_style_shows_that_style_or_nothing_and_reads_back(value: object) -> None:
    us = f"{value:,.2f}"
    europe = us.translate(str.maketrans(",.", ".,"))
    assert formats.number(us, "us") == formats.number(europe, "europe") == value
    assert formats.number_style(us) == "us"
    assert formats.number_style(europe) == "europe"


@pytest.mark.parametrize(
    ("shown", "style"),
    [({"us": 3}, "us"), ({"europe": 1, "either": 9}, "europe"), ({"either": 2}, ""), ({}, "us"),
     ({"us": 1, "europe": 2}, "europe")],
)  # fmt: skip
def test_a_file_is_in_the_style_it_shows_and_asks_when_every_sign_has_two_readings(
    shown: dict[str, int], style: str
) -> None:
    assert formats.decided(shown, "us") == style


@pytest.mark.parametrize(
    ("heading", "name"),
    [("E-Mail", "email"), ("customer_name", "display_name"), ("ZIP Code", "postal_code"), ("Billling Adress", "street"),
     ("Tel.", "phone"), ("Frobnication", None)],
)  # fmt: skip
def test_headings_are_recognised_by_other_words_and_with_typing_errors(heading: str, name: str | None) -> None:
    assert fields.recognised([heading], "customers").get(0) == name
