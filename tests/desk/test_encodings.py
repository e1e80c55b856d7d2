"""CSV files that don't tell their encoding: asked about by a line, and read as chosen."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries.batches import OPTED
from special_channel.desk import encodings, tables
from special_channel.desk.columns import cells_of
from special_channel.desk.layout import table_of
from special_channel.desk.lists import weekly_list
from special_channel.desk.sheet import Sheet
from special_channel.desk.table import Choices
from tests.desk.test_lists import HEADER, csv, line, listed

WRITTEN = (
    ("windows-1252", "Fictional Süßwasser Maschinen-Gerätebau"),
    ("windows-1252", "Société fictive d’Été à Mâcon"),
    ("windows-1252", "Imanes ficticios de León y Málaga"),
    ("windows-1252", "Åkerströms påhittade lager"),
    ("windows-1250", "Fikcyjne Łożyska Śląsk"),
    ("windows-1250", "Fiktivní ložiska Příbram, řada č. 1"),
    ("windows-1250", "Fiktív gördülőcsapágyak, Győr"),
    ("windows-1251", "Измислени лагери, Пловдив"),
    ("windows-1251", "ИЗМИСЛЕНИ ЛАГЕРИ"),
    ("windows-1253", "Φανταστικοί κινητήρες"),
    ("windows-1254", "İşgücü ağ\u0131r sanayi"),
    ("windows-1257", "Žąsų ūkis, išgalvota"),
    ("iso-8859-2", "Fikcyjne Łożyska Śląsk"),
    ("iso-8859-5", "Измислени лагери, Пловдив"),
    ("iso-8859-7", "Φανταστικοί κινητήρες"),
)


def of(name: str) -> str:
    return "\r\n".join((HEADER, line(1).replace("Fictional AG", f'"{name}"')))


def read(data: bytes, encoding: str = "") -> Sheet:
    return weekly_list(data, OPTED, Choices(encoding=encoding))


def asked(data: bytes) -> dict[str, Any]:
    """Return the encodings that are offered, the likeliest first, with their samples."""
    with pytest.raises(Malformed) as raised:
        read(data)
    assert raised.value.code == "list-encoding"
    return raised.value.facts


def offered(data: bytes) -> list[tuple[str, ...]]:
    return [grid.encodings for grid in tables.read(data)]


@pytest.mark.parametrize(("encoding", "name"), WRITTEN)
def test_file_of_each_language_is_asked_about_and_read_as_chosen(encoding, name):
    data = of(name).encode(encoding)
    facts = asked(data)
    assert encoding in offered(data)[0], "the likeliest is first"
    assert name[-12:] in next(iter(facts.values()))
    chosen = read(data, encoding)
    assert chosen == read(of(name).encode())
    assert cells_of(chosen.kept[0])["eu_company"] == name


def test_sample_shows_a_wrong_choice():
    """The same bytes, each as it would be read, around the first letter that differs."""
    facts = asked(of("Fikcyjne Łożyska Śląsk").encode("windows-1250"))
    assert [*facts] == ["windows-1250", "windows-1252", "windows-1251"]
    assert "Fikcyjne Łożyska Śląsk" in facts["windows-1250"]
    assert "Fikcyjne £o¿yska Œl¹sk" in facts["windows-1252"]
    assert all(len(text) <= encodings.MAX_SAMPLE for text in facts.values())
    wrong = read(of("Fikcyjne Łożyska Śląsk").encode("windows-1250"), "windows-1252")
    assert cells_of(wrong.kept[0])["eu_company"] == "Fikcyjne £o¿yska Œl¹sk"


def test_encodings_with_one_reading_are_one_choice():
    data = of("Süd").encode("windows-1252")
    first = offered(data)[0]
    assert {"windows-1252", "windows-1250", "windows-1254", "iso-8859-15"} <= {*first}
    assert read(data, "windows-1250") == read(data, "windows-1252")


def test_file_that_reads_alike_in_all_that_fit_is_taken():
    """A dash and quotes of an office program are the same in every encoding of Windows."""
    text = of("Fictional – “AG”")
    data = text.encode("windows-1252")
    assert offered(data) == [()]
    assert read(data) == read(text.encode())


def test_single_encoding_that_fits_is_asked_about():
    """Å of a Macintosh is a letter of one encoding here: that proves nothing."""
    facts = asked(of("Fictional Å").encode("mac_roman"))
    assert [*facts] == ["windows-1251"]
    assert "Fictional Ѓ" in facts["windows-1251"]


def test_byte_that_is_no_text_fits_no_encoding():
    """A control character, of ASCII or above, or a byte that an encoding does not have."""
    for byte in (b"\x01", b"\x7f", b"\x00"):
        with pytest.raises(Malformed) as raised:
            read(of("S?d").encode().replace(b"?", b"\xfc" + byte))
        assert raised.value.code == "list-unreadable"
    fits = encodings.fitting(b"\x80uro")
    assert {"windows-1252", "windows-1250"} <= {*fits}
    assert not {each for each in fits if each.startswith("iso")}


def test_large_file_is_not_read_in_several_encodings():
    data = of("Süd").encode("windows-1252")
    with pytest.raises(Malformed) as raised:
        read(data + b"\r\n" * (encodings.MAX_ASKED // 2))
    assert (raised.value.code, raised.value.facts) == ("list-encoding-long", {"limit": 1024})


@pytest.mark.parametrize(
    "name", ["虚构磁材（宁波）有限公司", "停线", "审查中", "普通", "虚构 AG", "紧急"]
)
def test_chinese_file_without_a_doubt_is_not_asked_about(name):
    """It decodes in windows-1252 or windows-1251, too, and is no word there."""
    data = of(name).encode("gb18030")
    assert encodings.told(data) == (data, "gb18030")
    assert read(data) == read(of(name).encode())


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("中文", "gb18030"), ("ВОДА", "windows-1251"), ("ΒΕΔΑ", "windows-1253")],
)
def test_chinese_file_that_can_be_words_of_europe_is_asked_about(name, encoding):
    """Capitals in Cyrillic or Greek are usual Chinese characters, and the other way round."""
    data = of(name).encode(encoding)
    facts = asked(data)
    assert {"gb18030", "windows-1251"} <= {*facts}
    assert name in facts[encoding]
    assert read(data, encoding) == read(of(name).encode())


def test_choice_is_used_only_for_a_file_that_tells_no_encoding():
    for told in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
        text = of("虚构磁材（宁波）有限公司")
        assert read(text.encode(told), "windows-1252") == read(text.encode())
    assert read(csv(line(1)), "windows-1251") == listed(line(1))


def test_choice_that_does_not_fit_asks_again():
    data = of("Fikcyjne Łożyska Śląsk").encode("windows-1250")
    with pytest.raises(Malformed) as raised:
        read(data, "iso-8859-2")
    assert raised.value.facts == asked(data)


def test_samples_tell_every_two_readings_apart():
    """The line in which the two likeliest differ, then one for those that it leaves alike."""
    long = "x" * 200
    first = {1: f"{long} ü", 3: f"{long} ß"}
    second = {1: f"{long} ü", 3: f"{long} я"}
    third = {1: f"{long} ь", 3: f"{long} я"}
    shown = encodings.samples([first, second, third])
    assert len({*shown}) == len(shown)
    assert shown == ("ß … ü", "я … ü", "я … ь")
    assert encodings.samples([{1: "plain", 2: "Süd"}]) == ("Süd",)
    assert encodings.samples([{1: "plain"}]) == ("",)


def test_file_that_an_earlier_release_kept_is_read():
    kept = tables.job(csv(line(1)))
    [sheet] = [list(each)[:5] for each in kept if isinstance(each, list)]
    assert tables.from_job([sheet]) == tables.read(csv(line(1)))
    data = of("Süd").encode("windows-1252")
    assert tables.from_job(tables.job(data)) == tables.read(data)
    assert table_of(tables.read(data), "list", Choices(encoding="windows-1252")).lines
