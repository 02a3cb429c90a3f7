"""Files for import, written as people's programs write them, and taken through the steps a person and a worker take."""

from collections.abc import Collection, Sequence
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import xlsxwriter
from django_scopes import get_scope

from buddy.hub import imports
from buddy.hub.imports import Import, ImportRow, State
from buddy.hub.imports.uploads import folder, take_in
from buddy.hub.team import Organization, User
from tests import makers as make


def nobody(kind: str, object_ids: Collection[int]) -> set[int]:
    """The books know none of these."""
    return set()


def upload(content: bytes | str, kind: str = "customers", *, name: str = "list.csv", by: User | None = None) -> Import:
    """A file as it lies once it was uploaded; nobody has looked at it."""
    incoming = folder() / f"incoming-{make.user().pk}"
    incoming.write_bytes(content.encode() if isinstance(content, str) else content)
    size = incoming.stat().st_size
    stored = take_in(incoming)
    return imports.begin(_organization(), kind, file_name=name, stored_as=stored, size=size, by=by, now=make.NOW)


def work(batch: Import, *, sent: Any = nobody) -> Import:
    """A worker does what waits."""
    imports.work(_organization(), sent=sent)
    batch.refresh_from_db()
    return batch


def read(content: bytes | str, kind: str = "customers", **options: Any) -> Import:
    return work(upload(content, kind, **options))


def planned(content: bytes | str, kind: str = "customers", *, blanks_clear: bool = False, **formats: str) -> Import:
    """As far as the preview, with the columns as they were guessed."""
    batch = read(content, kind)
    assert batch.state == State.ASKING, batch.problem
    return agreed(batch, blanks_clear=blanks_clear, **formats)


def agreed(batch: Import, *, blanks_clear: bool = False, **formats: str) -> Import:
    styles = {**imports.styles(batch, batch.mapping), **formats}
    imports.agree(batch, mapping=batch.mapping, formats=styles, blanks_clear=blanks_clear)
    return work(batch)


def applied(content: bytes | str, kind: str = "customers", *, by: User | None = None, **options: Any) -> Import:
    return apply(planned(content, kind, **options), by=by)


def apply(batch: Import, *, by: User | None = None) -> Import:
    imports.apply(batch, by=by or make.user(), now=make.NOW)
    return work(batch)


def undone(batch: Import, *, sent: Any = nobody) -> Import:
    imports.undo(batch, by=make.user(), now=make.NOW)
    return work(batch, sent=sent)


def rows(batch: Import) -> list[ImportRow]:
    return list(ImportRow.objects.filter(of=batch).order_by("number"))


def acts(batch: Import) -> list[str]:
    return [row.act for row in rows(batch)]


def outcomes(batch: Import) -> list[str]:
    return [row.outcome for row in rows(batch)]


def workbook(*lines: Sequence[Any], merged: str = "", sheet: str = "Sheet1") -> bytes:
    """An XLSX file with these rows."""
    kept = BytesIO()
    with xlsxwriter.Workbook(kept, {"default_date_format": "yyyy-mm-dd"}) as book:
        page = book.add_worksheet(sheet)
        for number, cells in enumerate(lines):
            page.write_row(number, 0, cells)
        if merged:
            page.merge_range(merged, "merged")
    return kept.getvalue()


def parts_replaced(content: bytes, old: bytes, new: bytes) -> bytes:
    """The workbook with these bytes replaced wherever they stand."""
    kept = BytesIO()
    with ZipFile(BytesIO(content)) as book, ZipFile(kept, "w") as made:
        for name in book.namelist():
            made.writestr(name, book.read(name).replace(old, new))
    return kept.getvalue()


def parts(content: bytes) -> bytes:
    """Everything that is written in a workbook's sheets."""
    with ZipFile(BytesIO(content)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist() if "worksheets" in name)


def _organization() -> Organization:
    found: Organization = get_scope()["organization"]
    return found
