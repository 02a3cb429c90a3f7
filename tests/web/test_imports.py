"""Import and export in the browser's words: forms, pages, files."""

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from buddy.hub import imports
from buddy.hub.address import Address
from buddy.hub.customers import Customer
from buddy.hub.imports import Import, ImportRow, State, uploads
from buddy.hub.orders import SalesOrder
from buddy.hub.products import Product
from buddy.hub.team import Organization
from buddy.web import spreadsheet
from tests import makers as make
from tests.hub import filed
from tests.web import made

ADDRESS = Address(line1="1 Quay", line2="Unit 4", city="Oakland", region="CA", postal_code="01234", country="US")
pytestmark = pytest.mark.django_db


def bring(client: Client, content: bytes, name: str = "list.csv", kind: str = "customers") -> Import:
    answer = client.post(reverse("import_new"), {"kind": kind, "file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    batch: Import = Import.objects.latest("pk")
    return batch


def text(answer: Any) -> str:
    found: str = (answer.getvalue() if answer.streaming else answer.content).decode("utf-8-sig")
    return found


def lines(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text(answer), newline="")))


# --- Import ----------------------------------------------------------------------------------------------------------


def test_a_file_goes_from_upload_to_result_and_back(organization: Organization, editor: Client) -> None:
    batch = bring(editor, b"Customer,E-Mail\nBao House,ap@bao.example\n,nobody@nowhere.example\n", name="café.csv")
    page = reverse("import", args=[batch.pk])
    assert "Reading the file" in text(editor.get(page))
    filed.work(batch)
    assert "ap@bao.example" in text(editor.get(page))
    editor.post(reverse("import_columns", args=[batch.pk]), {"column-0": "display_name", "column-1": "email"})
    filed.work(batch)
    preview = text(editor.get(page))
    assert "1 row create" in preview
    assert "Cannot be imported" in preview
    editor.post(reverse("import_apply", args=[batch.pk]))
    assert "Stop here" in text(editor.get(page))
    filed.work(batch)
    found = lines(editor.get(reverse("import_result_csv", args=[batch.pk])))
    assert [(row["Customer"], row["What happened"]) for row in found] == [
        ("Bao House", "Created"),
        ("", "Not imported"),
    ]
    assert "Name: This is empty." in found[1]["Why"]
    editor.post(reverse("import_undo", args=[batch.pk]))
    filed.work(batch)
    assert "Removed again" in text(editor.get(page))
    assert not Customer.objects.exists()


def test_the_progress_asks_again_until_the_worker_is_through(organization: Organization, editor: Client) -> None:
    batch = bring(editor, b"Name\nBao House\n")
    address = reverse("import_progress", args=[batch.pk])
    assert "every 2s" in text(editor.get(address))
    filed.work(batch)
    assert editor.get(address)["HX-Refresh"] == "true"


def test_an_upload_larger_than_allowed_is_told_and_leaves_no_file(
    organization: Organization, editor: Client, settings: Any
) -> None:
    settings.BUDDY_IMPORT_MB = 1
    before = set(uploads.folder().iterdir())
    answer = editor.post(
        reverse("import_new"), {"kind": "customers", "file": SimpleUploadedFile("big.csv", b"x" * (2 * 2**20))}
    )
    assert "larger than 1 MB" in text(answer)
    assert set(uploads.folder().iterdir()) == before
    assert not Import.objects.exists()


def test_columns_that_do_not_do_come_back_with_the_reason(organization: Organization, editor: Client) -> None:
    batch = bring(editor, b"Customer,E-Mail\nBao House,ap@bao.example\n")
    filed.work(batch)
    answer = editor.post(reverse("import_columns", args=[batch.pk]), {"column-0": "email", "column-1": "email"})
    assert "Two columns are set to Email" in text(answer)
    assert Import.objects.get().state == State.ASKING


def test_a_date_with_two_readings_is_asked_about_without_a_choice_made(
    organization: Organization, editor: Client
) -> None:
    batch = bring(editor, b"Customer,SKU,Qty,Order date\nBao,OL-1,1,03/04/2026\n", kind="orders")
    filed.work(batch)
    page = text(editor.get(reverse("import", args=[batch.pk])))
    assert "can be read in two ways" in page
    assert "03/04/2026" in page
    assert '<option value="" selected>Choose</option>' in page


def test_the_preview_can_be_narrowed_and_a_row_that_may_be_known_be_answered(
    organization: Organization, editor: Client
) -> None:
    row = made.imported()
    page = reverse("import", args=[row.of_id])
    assert "Bao House" not in text(editor.get(page + "?view=create"))
    assert "Update Bao Haus (Nearly the same name)" in text(editor.get(page + "?view=ask"))
    editor.post(reverse("import_row_choose", args=[row.pk]), {"choice": "new"})
    row.refresh_from_db()
    assert row.act == "create"
    assert Import.objects.get().counts == {"create": 1}


def test_all_who_may_be_known_can_be_created_at_once(organization: Organization, editor: Client) -> None:
    row = made.imported()
    editor.post(reverse("import_create_all", args=[row.of_id]))
    assert ImportRow.objects.get().act == "create"


def test_a_bad_file_says_what_it_is_and_can_be_discarded(organization: Organization, editor: Client) -> None:
    batch = bring(editor, b"%PDF-1.7\n\n", name="list.csv")
    filed.work(batch)
    assert "This is a PDF" in text(editor.get(reverse("import", args=[batch.pk])))
    editor.post(reverse("import_discard", args=[batch.pk]))
    assert not Import.objects.exists()


def test_a_file_read_in_a_wrong_encoding_can_be_read_another_way_from_its_page(
    organization: Organization, editor: Client
) -> None:
    batch = bring(editor, b"Name,City\nBao House,Oakland\n")
    filed.work(batch)
    imports.read_again(batch, {"encoding": "utf-16"})
    filed.work(batch)
    assert "Read it again" in text(editor.get(reverse("import", args=[batch.pk])))
    answer = {"encoding": "utf-8-sig", "delimiter": ",", "heading": "1"}
    editor.post(reverse("import_reading", args=[batch.pk]), answer)
    assert filed.work(batch).state == State.ASKING


def test_the_example_has_every_heading_that_is_recognised(organization: Organization, editor: Client) -> None:
    for kind in ("customers", "products", "orders"):
        [headings] = csv.reader(StringIO(text(editor.get(reverse("import_example") + f"?kind={kind}"))))
        assert sorted(imports.labels(kind)) == sorted(
            filed.read(",".join(f'"{each}"' for each in headings) + "\n" + "x," * 20, kind).mapping.values()
        )


# --- Export ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["customers", "products", "orders", "invoices", "payments", "reviews"])
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_viewer_can_have_every_list_as_a_file(
    name: str, format: str, organization: Organization, viewer: Client
) -> None:
    made.everything()
    content = viewer.get(reverse(f"{name}_{format}")).getvalue()
    if format == "csv":
        assert content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(StringIO(content.decode("utf-8-sig"))))
    else:
        rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    assert len(rows) > (name != "payments")


def test_a_file_holds_what_the_list_shows(organization: Organization, viewer: Client) -> None:
    make.customer("Bao House")
    make.customer("Hotel Albion", active=False)
    assert [row["Name"] for row in lines(viewer.get(reverse("customers_csv")))] == ["Bao House"]
    inactive = viewer.get(reverse("customers_csv") + "?view=inactive&q=albion")
    assert [row["Name"] for row in lines(inactive)] == ["Hotel Albion"]


def test_a_file_shows_nothing_of_another_organization(organization: Organization, sign_in: Any) -> None:
    made.everything()
    stranger = sign_in("viewer", of=make.organization("Quayside"))
    for name in ("customers", "products", "orders", "invoices", "payments", "reviews"):
        assert lines(stranger.get(reverse(f"{name}_csv"))) == []


def test_a_file_longer_than_one_piece_names_each_row_once(
    organization: Organization, viewer: Client, django_assert_max_num_queries: Any
) -> None:
    Product.objects.bulk_create(
        Product(
            organization=organization, name=f"Tea {n}", sort_name=f"tea {n}", created_at=make.NOW, updated_at=make.NOW
        )
        for n in range(2 * spreadsheet.AT_ONCE + 5)
    )
    with django_assert_max_num_queries(20):
        found = lines(viewer.get(reverse("products_csv")))
    assert len({row["Buddy number"] for row in found}) == len(found) == 2 * spreadsheet.AT_ONCE + 5


def test_no_cell_of_a_workbook_is_ever_calculated(organization: Organization, viewer: Client) -> None:
    for begins in spreadsheet.FORMULA[:4]:
        make.customer(f"{begins}HYPERLINK(1)")
    content = viewer.get(reverse("customers_xlsx")).getvalue()
    sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    assert sorted(row[1] for row in sheet[1:]) == sorted(f"{each}HYPERLINK(1)" for each in spreadsheet.FORMULA[:4])
    assert b"<f>" not in filed.parts(content)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_what_was_exported_comes_back_unchanged(format: str, organization: Organization, viewer: Client) -> None:
    made.everything()
    term = make.term("Net 45", 45)
    make.customer("=Café «Lux»", phone="+1 415 555 0199", notes="two\nlines", terms=term, taxable=False,
                  billing_address=ADDRESS)  # fmt: skip
    make.product("Olive oil", sku="00123", price="1234.5678", description="- extra virgin")
    for kind, count in (
        ("customers", Customer.objects.filter(active=True).count()),
        ("products", Product.objects.count()),
        ("orders", SalesOrder.objects.count()),
    ):
        content = viewer.get(reverse(f"{kind}_{format}")).getvalue()
        batch = filed.planned(content, kind)
        assert batch.counts == {"unchanged": count}, [(row.act, row.said, row.changes) for row in filed.rows(batch)]
