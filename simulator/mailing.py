"""Sending a document by email, and the PDF of it (api 4.7). No mail leaves the simulator."""

from simulator import refusals
from simulator.books import Body, Books, Record
from simulator.clock import entity_time
from simulator.schema import Entity


def send(books: Books, entity: Entity, id: str, to: str = "") -> Record:
    """Mark as emailed now: BillEmail first set by `to`; LastUpdatedTime moves, the SyncToken stays (api 4.2)."""
    record = books.find(entity.name, id)
    if record is None:
        raise refusals.inactive()
    address = to or record.body.get("BillEmail", {}).get("Address", "")
    if not address:
        raise refusals.required("BillEmail")
    if "@" not in address or "." not in address:
        raise refusals.invalid_email("sendTo", address)
    _count(books)
    delivery: Body = {"DeliveryType": "Email", "DeliveryTime": entity_time(books.now, books.zone)}
    record.body |= {"BillEmail": {"Address": address}, "EmailStatus": "EmailSent", "DeliveryInfo": delivery}
    books.refresh(record)
    books.note(record, "Emailed")
    return record


def _count(books: Books) -> None:
    """A sandbox company sends 40 mails a day for apps (api 4.7)."""
    most = books.choices.mails_per_day
    if books.in_person or most is None:
        return
    if books.mails[books.today] >= most:
        raise refusals.business(f"You have reached the limit of {most} emails a day.")
    books.mails[books.today] += 1


def pdf(books: Books, entity: Entity, id: str) -> bytes:
    """A one-page PDF that names the document, its customer and its total."""
    if not entity.transaction:
        raise refusals.unsupported_operation(f"/v3/company/{books.realm}/{entity.name.lower()}/{id}/pdf")
    record = books.find(entity.name, id)
    if record is None:
        raise refusals.inactive()
    customer = books.find("Customer", record.body.get("CustomerRef", {}).get("value", ""))
    return _one_page(
        [
            f"{entity.name} {record.body.get('DocNumber', '')}",
            str(customer.body["DisplayName"]) if customer else "",
            f"{record.body['TxnDate']}   Total {record.body['TotalAmt']:.2f}",
        ]
    )


def _one_page(texts: list[str]) -> bytes:
    escaped = (text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for text in texts)
    drawn = " T* ".join(f"({text}) Tj" for text in escaped)
    content = f"BT /F1 14 Tf 18 TL 72 720 Td {drawn} ET".encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    return _assembled(objects)


def _assembled(objects: list[bytes]) -> bytes:
    """Objects with the cross-reference table that makes a file of them."""
    out, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        size, table, size, len(out),
    )  # fmt: skip
