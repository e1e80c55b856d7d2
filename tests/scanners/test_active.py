"""Active content by name: each kind in a file made here, hidden, damaged, and without end."""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.scanners.active import look
from tests.scanners.servers import zipped

TYPES = {"[Content_Types].xml": b"<Types/>"}
RELATION = (
    '<?xml version="1.0"{encoding}?><Relationships>'
    '<Relationship Id="1" Type="http://x/relationships/{kind}" Target="http://x.example/"'
    ' TargetMode="{mode}"/></Relationships>'
)


def document(**more: bytes) -> bytes:
    """Return a small OOXML document with further parts."""
    return zipped(TYPES, word__document_xml=b"<w:document/>", **more)


def related(kind: str, mode: str = "External", encoding: str = "utf-8") -> bytes:
    named = RELATION.format(kind=kind, mode=mode, encoding=f' encoding="{encoding}"')
    return document(word___rels__document_xml_rels=named.encode(encoding))


def pdf(*objects: bytes, packed: bytes = b"") -> bytes:
    body = b"".join(b"1 0 obj<<%b>>endobj\n" % each for each in objects)
    if packed:
        data = zlib.compress(packed)
        body += b"2 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\n%b\nendstream endobj" % data
    return b"%PDF-1.7\n" + body + b"%%EOF"


def ole(name: str) -> bytes:
    return bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + name.encode("utf-16-le") + bytes(64)


ENCRYPTED = bytearray(document(word__media_bin=b"x"))
ENCRYPTED[ENCRYPTED.rfind(b"PK\x01\x02") + 8] |= 1

FILES = [
    (b"", ()),
    (b"plain text, (c) MZ", ()),
    (document(), ()),
    (document(word__vbaProject_bin=b"x"), ("macros",)),
    (document(xl__macrosheets__sheet1_xml=b"x"), ("macros",)),
    (zipped(mimetype=b"odf", Basic__script_xml=b"x"), ("macros",)),
    (document(word__embeddings__one_bin=b"x", word__activeX__a_bin=b"x"), ("embedded",)),
    (related("attachedTemplate"), ("links",)),
    (related("attachedTemplate", encoding="utf-16"), ("links",)),
    (related("attachedTemplate", "&#69;xternal"), ("links",)),
    (related("hyperlink"), ()),
    (related("image", "Internal"), ()),
    (document(word___rels__a_rels=b"<not xml"), ("unread",)),
    (b"self-extracting" + related("oleObject"), ("links",)),
    (zipped(a_txt=b"x"), ("archive",)),
    (bytes(ENCRYPTED), ("encrypted",)),
    (b"PK\x03\x04 and no directory", ("unread",)),
    (ole("_VBA_PROJECT"), ("macros",)),
    (ole("\x01Ole10Native"), ("embedded",)),
    (ole("EncryptedPackage"), ("encrypted",)),
    (ole("WordDocument"), ()),
    (rb"{\rtf1 {\object{\*\objdata 01}}}", ("embedded",)),
    (rb"{\rtf1 {\*\template http://x.example/}}", ("links",)),
    (pdf(b"/Type/Catalog"), ()),
    (pdf(b"/S/JavaScript/JS(app.alert)"), ("scripts",)),
    (pdf(b"/S/J#61vaScript"), ("scripts",)),
    (pdf(b"/OpenAction 3 0 R"), ("actions",)),
    (pdf(b"/S/Launch/F(cmd.exe)"), ("actions",)),
    (pdf(b"/Type/EmbeddedFile"), ("embedded",)),
    (pdf(b"/Encrypt 4 0 R"), ("encrypted",)),
    (pdf(packed=b"/S /JavaScript /OpenAction 5 0 R"), ("scripts", "actions")),
    (pdf(b"/AAB/JSX/Jsq"), ()),
    (b"%PDF-1.7 /ObjStm stream\nnot packed", ("unread",)),
    (b"<!DOCTYPE html><p>x</p>", ()),
    (b"\xef\xbb\xbf<svg onload=alert(1)>", ("scripts",)),
    (b"<html><img src=//x.example/a.png>", ("links",)),
    (b"MZ\x90\x00", ("program",)),
    (b"Rar!\x1a\x07", ("archive",)),
]


@pytest.mark.parametrize(("data", "names"), FILES)
def test_active_content_is_named(data, names):
    assert look(data) == names


def bomb() -> bytes:
    """Return a document whose relation unpacks to 200 MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("word/_rels/document.xml.rels", bytes(200 * 2**20))
    return buffer.getvalue()


def twenty_thousand() -> bytes:
    """Return a ZIP file whose members are all the same relation of a megabyte."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.rels", b"<r>" + bytes(2**20 - 7).replace(b"\0", b" ") + b"</r>")
    one = buffer.getvalue()
    start = one.rindex(b"PK\x01\x02")
    entry, end = one[start:-22], one[-22:]
    members = struct.pack("<2HI", 20_000, 20_000, 20_000 * len(entry))
    return one[:start] + entry * 20_000 + end[:8] + members + end[16:]


def unknown(encoding: bytes) -> bytes:
    """Return a document whose relations name an encoding that no XML has."""
    text = b'<?xml version="1.0" encoding="%b"?><r/>' % encoding
    return document(word___rels__document_xml_rels=text)


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(12))
    text = f"<!DOCTYPE r [{entities}]><r>&e11;</r>"
    return document(word___rels__document_xml_rels=text.encode())


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (bomb, ("unread",)),
        (twenty_thousand, ("archive", "unread")),
        (laughs, ("unread",)),
        (lambda: unknown(b"eeTF-8"), ("unread",)),
        (lambda: unknown(b"gb18030"), ("unread",)),
        (lambda: b"<svg data=" + b" " * 30_000_000, ()),
        (lambda: b"<svg data" + b" data =" * 4_000_000, ()),
        (lambda: pdf(packed=bytes(200 * 2**20)), ("unread",)),
        (lambda: b"%PDF" + b"/ObjStm stream\n" * 2_000_000, ("unread",)),
        (lambda: b"%PDF" + b"/" * 30_000_000, ()),
        (lambda: b"%PDF" + b"/A#41" * 6_000_000, ("actions",)),
        (lambda: b"<html" + b" onclick" * 4_000_000, ()),
        (lambda: b"PK" + b"PK\x05\x06" * 7_000_000, ("unread",)),
        (lambda: b" " * 30_000_000, ()),
    ],
)
def test_hostile_file_costs_seconds_at_most(make, names):
    data = make()
    begun = time.process_time()
    assert look(data) == names
    assert time.process_time() - begun < 10


@given(st.sampled_from([data for data, _ in FILES if data]), st.data())
def test_damaged_file_ends_the_look_and_nothing_else(data, drawn):
    cut = drawn.draw(st.integers(0, len(data)))
    place = drawn.draw(st.integers(0, len(data) - 1))
    damaged = bytearray(data)
    damaged[place] ^= drawn.draw(st.integers(1, 255))
    look(bytes(damaged))
    look(data[:cut])
