"""The files that notes of the sample carry: small PDFs, a table, an agenda.

Writes no file: [make_sample.py](make_sample.py) does. Every document is a fictional specimen.
"""

from __future__ import annotations

from collections.abc import Sequence


def as_pdf(lines: list[str]) -> bytes:
    """Write one page of Latin text as a small PDF 1.4."""
    escaped = [line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines]
    shown = "\n".join(f"({line}) Tj T*" for line in escaped)
    stream = f"BT /F1 11 Tf 56 780 Td 16 TL\n{shown}\nET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)


def attachments(numbers: list[str], issued: Sequence[int]) -> dict[str, bytes]:
    """Make the files that notes carry.

    Args:
        numbers: The application numbers of the list, by row.
        issued: Rows, from 1, whose licences the table names.
    """
    certificate = [
        "FICTIONAL SPECIMEN - NOT A DOCUMENT OF ANY AUTHORITY",
        "",
        "End-user and end-use certificate",
        f"Application: {numbers[6]}",
        "Importer and end-user: Fictional Antriebe Nord GmbH, Musterstadt",
        "Goods: sintered magnets containing dysprosium, control code 1C905.a",
        "Quantity: 1 850 kg gross",
        "End-use: rotors of traction motors for passenger cars; civilian use only.",
        "",
        "Signed for the end-user: (specimen)",
        "Company stamp: (specimen)",
    ]
    register = [
        "FICTIONAL SPECIMEN - NOT A DOCUMENT OF ANY AUTHORITY",
        "",
        "Extract from the commercial register",
        "Fictional Antriebe Nord GmbH, Musterstadt, HRB 000000",
        "Object: manufacture of electric drives. The company uses no company stamp;",
        "it is bound by the signature of two managing directors.",
    ]
    licences = "证号,申请编号\r\n" + "".join(
        f"虚构-26-{place:05d},{numbers[row - 1]}\r\n" for place, row in enumerate(issued, 1)
    )
    agenda = (
        "Joint meeting on export permits: draft agenda (fictional)\n"
        "出口许可工作会议：议程草案（虚构）\n\n"
        "1. Numbers not found / 未查到的编号\n"
        "2. Returned applications / 退回的申请\n"
        "3. General licences: named customers / 通用许可：指定客户\n"
        "4. On-site verification: dates / 实地核查：日期\n"
    )
    return {
        "end-user-certificate-specimen.pdf": as_pdf(certificate),
        "commercial-register-extract-specimen.pdf": as_pdf(register),
        "licence-numbers.csv": licences.encode("utf-8-sig"),
        "meeting-agenda.txt": agenda.encode(),
    }
