"""What a query finds in a text: whole words, numbers, runs of Chinese characters, phrases."""

# ruff: noqa: RUF001 - texts of full width are what is tested

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.bytes.ids import private_number
from special_channel.core.search import folding
from special_channel.core.search.folding import fold, searchable, stemmable
from special_channel.core.search.matching import EXCERPT, Mark, excerpt, marks, match
from special_channel.core.search.queries import Terms, parse
from tests.search_scan import ALPHABET, indexed

TERMS = Terms(
    [
        ("supplement", "补正"),
        ("supplement requested", "待补正"),
        ("end-user certificate", "最终用户证明"),
        ("–", "……"),
    ]
)


def stem(word: str) -> str:
    """Take the endings off that these tests use."""
    return word.removesuffix("s").removesuffix("ed").removesuffix("ing")


def found(text: str, typed: str) -> str | None:
    """Return how a query finds a text of lines."""
    return match(text.split("\n"), parse(typed, stem, TERMS), stem)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ｎｏ． １２", "no. 12"),
        ("Łódź, Ørsted, Straße, İzmir, ΤΈΛΟΣ", "lodz, orsted, strasse, izmir, τελοσ"),
        ("補正審查", "补正审查"),
        ("EU‑2026–0048−1", "eu-2026-0048-1"),
        ("co\u00adoperate\u200b", "cooperate"),
        ("2½ ㎏", "2 1⁄2 kg"),
    ],
)
def test_fold_text_loses_width_case_and_accents(text, folded):
    assert fold(text) == folded


def test_fold_remembers_a_limited_number_of_characters(monkeypatch):
    monkeypatch.setattr(folding._FoldedCharacters, "_MOST", 3)
    # What other tests folded before is remembered as well.
    monkeypatch.setattr(folding, "_FOLDED", folding._FoldedCharacters())
    assert fold("ÄÖÜŠŽ") == "aousz"
    assert len(folding._FOLDED) <= 3


@pytest.mark.parametrize(
    ("text", "typed", "hit"),
    [
        # Whole words, in any case and order, with accents or without.
        ("The Permit was issued", "permit THE", "exact"),
        ("The permits were issued", "permi", None),
        ("Société Générale", "societe generale", "exact"),
        ("societe generale", "Société", "exact"),
        # Any run of characters, traditional and simplified alike.
        ("请补正材料", "补", "exact"),
        ("请补正材料", "补正", "exact"),
        ("請補正材料", "补正材料", "exact"),
        ("请补正材料", "補正材料", "exact"),
        ("请补充正式材料", "补正", None),
        ("补。正", "补正", None),
        ("补正\n材料", "补正材料", None),
        # Digits of full width; numbers with and without hyphens.
        ("见 EU－２０２６－００４８ 号", "eu20260048", "exact"),
        ("EU20260048", "EU-2026-0048", "exact"),
        ("EU-2026-0048", "2026-0048", "exact"),
        ("EU-2026-0048", "0048", "exact"),
        ("EU-2026-0048", "048", None),
        ("EU 2026 0048", "EU-2026-0048", None),
        ("12.5", "125", None),
        ("12.5", "12.5", "exact"),
        # A number with full stops is one word; a sentence's end makes none.
        ("Code 1C905.a of the list", "1c905.A", "exact"),
        ("a magnet of 1C905.b", "1C905.a", None),
        ("a: not 1C905", "1C905.a", None),
        ("1C905", "1C905.a", None),
        ("8505.11.10", "8505.11", "exact"),
        ("an end. Next a day", "day.end", "exact"),
        # The number of an internal note.
        (private_number("eu", 35), "EU-P-35", "exact"),
        (private_number("eu", 35), "eup35", "exact"),
        (private_number("eu", 35), "ＥＵ－ｐ－３５", "exact"),
        (private_number("eu", 35), "EU P 35", "exact"),
        (private_number("eu", 35), "EU-P-3", None),
        (private_number("eu", 35), "EU-35", None),
        (private_number("cn", 35), "EU-P-35", None),
        # The number of a question finds its note.
        ("CN-14", "CN-14 Q1", "exact"),
        ("CN-14", "cn14-q12", "exact"),
        ("CN-14", "CN-14 Quota", None),
        ("CN-14", '"CN-14 Q1"', None),
        ("CN-14", "Q1", None),
        ("end-user", "enduser", None),
        ("the end user", "end-user", "exact"),
        ("the user's end", "end-user", None),
        # Phrases.
        ("under the supply contract", '"supply contract"', "exact"),
        ("under the supply, contract 5", "“supply contract 5”", "exact"),
        ("a contract of supply", '"supply contract"', None),
        ("supply\ncontract", '"supply contract"', None),
        ("已补正 supplement 材料", "「正 supplement 材」", "exact"),
        ("supply contract", '"supply con', None),
        ("supply contract", '"supply contract', "exact"),
        ("permits", '"permit"', None),
        # Other forms of a word come after exact ones.
        ("The permits were issued", "permit issue", None),
        ("The permits were issued", "permit issued", "near"),
        ("exporting goods", "exports", "near"),
        # Terms of the other language.
        ("Please supplement the papers", "补正", "near"),
        ("请補正材料", "Supplement", "near"),
        ("状态：待补正", "supplement requested", "near"),
        ("requested a supplement", "supplement requested", "exact"),
        ("最终用户证明", "end-user certificates", None),
        ("最终用户证明", "end-user certificate", "near"),
        ("Please supplement the papers", '"补正"', None),
        # Nothing to search for.
        ("any text", " —— ，", None),
        ("any text", "", None),
    ],
)
def test_query_finds_text_by_its_rules(text, typed, hit):
    assert found(text, typed) == hit
    assert indexed(text.split("\n"), parse(typed, stem, TERMS), stem) == hit


def test_words_beyond_the_limits_are_cut_alike_in_text_and_query():
    word = "x" * 70
    assert found(word, word) == found(word, word + "y") == "exact"
    number = "-".join("123456789")
    assert found(number, number) == "exact"
    assert found(number, number.replace("-", " ")) == "exact"
    assert found(number, "12345678") == "exact"
    assert found(number, "123456789") is None
    long = "-".join("7" * 40 for _ in range(2))
    assert found(long, long) == "exact"


def test_number_joined_beyond_the_limit_is_found_by_its_pieces():
    half = folding.MAX_WORD // 2
    fits, longer = f"{'1' * half}-{'2' * half}", f"{'1' * half}-{'2' * half}3"
    assert found(fits, fits.replace("-", "")) == "exact"
    assert longer.replace("-", "") not in searchable([longer]).words
    assert found(longer, longer) == found(longer, "1" * half) == "exact"


def test_stemmable_words_are_those_of_ascii_letters():
    assert stemmable(["Ex-ports of 1C902 到 Łódź, a"]) == {"ex", "ports", "of", "lodz"}


@pytest.mark.parametrize(
    ("text", "typed", "marked"),
    [
        ("Permits and a permit", "permit", {("permit", "exact"), ("Permits", "stem")}),
        ("請補正材料，補正", "补正", {("補正", "exact")}),
        ("申请 ＥＵ－12 已办", "eu12", {("ＥＵ－12", "exact")}),
        ("the supply  contract", '"supply contract"', {("supply  contract", "exact")}),
        ("请补正 permit", "supplement permit", {("补正", "term"), ("permit", "exact")}),
        ("补补补", "补补", {("补补", "exact")}),
    ],
)
def test_marks_are_the_places_in_the_original_text(text, typed, marked):
    places = marks(text, parse(typed, stem, TERMS), stem)
    assert {(text[each.start : each.end], each.hit) for each in places} == marked


def test_excerpt_of_a_long_text_is_around_the_first_mark():
    text = "before " * 100 + "needle" + " after" * 100
    segments = excerpt(text, marks(text, parse("needle", stem), stem))
    assert [each.hit for each in segments] == ["", "", "exact", "", ""]
    assert segments[0].text == segments[-1].text == "…"
    assert EXCERPT - 10 <= sum(len(each.text) for each in segments) <= EXCERPT + 2


def test_excerpt_begins_and_ends_with_whole_words():
    text = "certificates " * 60 + "needle" + " certificates" * 60
    _, before, _, after, _ = excerpt(text, marks(text, parse("needle", stem), stem))
    assert {*before.text.split(), *after.text.split()} == {"certificates"}


@pytest.mark.parametrize("word", ["证书", "x" * 400])
def test_excerpt_is_full_where_no_word_ends_nearby(word):
    text = f"{word * 200} needle {word * 200}"
    segments = excerpt(text, marks(text, parse("needle", stem), stem))
    assert sum(len(each.text) for each in segments) == EXCERPT + 2


def test_excerpt_does_not_leave_out_a_mark_to_end_with_a_word():
    text = "a " * 117 + "needle" + "y" * 300
    found = [Mark(0, 1, "exact"), Mark(234, 240, "exact")]
    assert [each.text for each in excerpt(text, found) if each.hit] == ["a", "needle"]


def test_excerpt_of_a_short_text_is_the_text():
    assert "".join(each.text for each in excerpt("a needle", ())) == "a needle"
    [segment] = excerpt("needle", marks("needle", parse("needle", stem), stem))
    assert (segment.text, segment.hit) == ("needle", "exact")


def test_excerpt_ends_with_the_text():
    text = "before " * 100 + "needle"
    *_, last = excerpt(text, marks(text, parse("needle", stem), stem))
    assert last.text == "needle"


def test_excerpt_leaves_out_marks_beyond_its_end():
    text = "needle" + " " * 500 + "needle"
    hits = [each.hit for each in excerpt(text, marks(text, parse("needle", stem), stem))]
    assert hits == ["exact", "", ""]


TEXTS = st.lists(st.text(alphabet=ALPHABET, max_size=30), min_size=1, max_size=3)


@given(texts=TEXTS, typed=st.text(alphabet=ALPHABET + '"', max_size=8))
def test_index_and_scan_agree_on_any_text(texts, typed):
    query = parse(typed, stem, TERMS)
    assert indexed(texts, query, stem) == match(texts, query, stem)


@given(texts=TEXTS, data=st.data())
def test_every_stretch_of_a_text_without_quotes_finds_it(texts, data):
    text = data.draw(st.sampled_from(texts))
    words = [piece.text for piece in folding.pieces(fold(text))]
    if words:
        assert match(texts, parse(" ".join(words), stem), stem) == "exact"
        assert match(texts, parse(f'"{text}"', stem), stem) == "exact"


def test_index_keeps_words_numbers_and_characters():
    kept = searchable(["补正 EU-12", "x"])
    assert kept.words == {"补", "正", "补正", "eu", "12", "eu12", "x"}
    assert kept.text == " 补正 eu 12 \n x "
    assert searchable(["—", ""]).text == ""


def test_text_of_one_long_word_is_read_in_time_by_its_length():
    """By its square it took minutes, in which its node did nothing else."""
    word = "a" * 250_000
    found = searchable([word, f"{word}-1"])
    assert found.words == {word[: folding.MAX_WORD], "1"}


@given(st.text("a1-证 _é", max_size=30))
def test_compounds_begin_where_their_first_word_does(text):
    found = [[each.text for each in compound] for compound in folding.compounds(text)]
    plain = re.compile(rf"{folding._WORD}(?:-{folding._WORD})+")
    assert found == [match[0].split("-") for match in plain.finditer(text)]
