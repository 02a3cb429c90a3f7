"""A list comes in from a file, with its mistakes, and goes away again: import, mend, apply, undo."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.flows import looks
from tests.flows.conftest import Prepare

WITH_MISTAKES = """Kunde;E-Mail;Ort;Customer since
Bao House;ap@bao.example;Oakland;03/04/2025
Green Lake Grocery;orders@glgrocery.example;Seattle;05/06/2025
Café Lux;no address;Nîmes;07/08/2025
"""


def bring(page: Page, path: Path) -> None:
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Upload and look at it").click()
    expect(page.get_by_role("heading", name="Columns", exact=True)).to_be_visible()


def test_a_list_with_mistakes_is_mended_imported_and_undone(prepare: Prepare, tmp_path: Path) -> None:
    here = {"display_name": "Green Lake Grocery & Deli", "email": "orders@glgrocery.example"}
    june = prepare(customers=[here])
    page, file = june.page, tmp_path / "customers.csv"
    file.write_bytes(WITH_MISTAKES.encode("cp1252"))
    preview = page.get_by_role("table", name="Rows of the file")

    june.open("/customers/")
    page.get_by_role("link", name="Import", exact=True).click()
    assert looks.barriers(page) == []
    bring(page, file)
    expect(page.get_by_text("Nîmes")).to_be_visible()
    assert looks.barriers(page) == []
    june.press("Show what each row will do")
    expect(page.get_by_role("alert")).to_contain_text("Choose which column holds: Name or Company or Buddy number")
    page.get_by_label(re.compile("Column A")).select_option(label="Name")
    june.press("Show what each row will do")

    expect(preview.get_by_role("row").filter(has_text="Bao House")).to_contain_text("Create")
    expect(preview.get_by_role("row").filter(has_text="Café Lux")).to_contain_text("This address has no @")
    asked = preview.get_by_role("row").filter(has_text="Green Lake Grocery")
    expect(asked).to_contain_text("Maybe the same")
    assert looks.barriers(page) == []

    file.write_bytes(WITH_MISTAKES.replace("no address", "ap@lux.example").encode("cp1252"))
    page.get_by_role("link", name="Upload a mended file").click()
    bring(page, file)
    expect(page.get_by_label(re.compile("Column A"))).to_have_value("display_name")  # remembered
    june.press("Show what each row will do")
    same = asked.get_by_role("option", name=re.compile("Update Green Lake Grocery & Deli"))
    asked.get_by_role("combobox").select_option(value=same.get_attribute("value"))
    expect(asked.get_by_text("Update", exact=True)).to_be_visible()
    june.press("Import 3 rows")
    expect(page.get_by_text("Imported by June")).to_be_visible()
    expect(preview.get_by_role("row").filter(has_text="Café Lux")).to_contain_text("Created")
    june.open("/customers/")
    expect(page.get_by_role("link", name="Café Lux")).to_be_visible()

    page.go_back()
    page.get_by_role("link", name="Undo", exact=True).click()
    june.press("Undo the import", inside=june.dialog)
    expect(page.get_by_text("Undone by June")).to_be_visible()
    expect(preview.get_by_role("row").filter(has_text="Green Lake Grocery")).to_contain_text("Set back")
    june.open("/customers/")
    expect(page.get_by_role("link", name="Green Lake Grocery & Deli")).to_be_visible()
    expect(page.get_by_role("link", name="Café Lux")).to_have_count(0)
