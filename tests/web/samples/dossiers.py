"""The dossier of a thread, in both editions."""

from __future__ import annotations

from datetime import datetime

from special_channel.core.bytes.ids import Party
from special_channel.desk.dossiers import (
    Cell,
    Dossier,
    DossierPart,
    FiledEntry,
    FiledTable,
    Passage,
)
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.web.dossiers.pages import DossierPageQuery, Filed
from special_channel.web.dossiers.pages import dossier_page as page_of
from special_channel.web.dossiers.writer import grouped
from special_channel.web.shared.capitals import both, both_as_of, moment, place
from special_channel.web.shell.frame import ViewPage
from tests.web.samples.people import NOW, at, hexes

EFFECT = {
    "en": "Fictional: no date of this channel binds either side in law.",
    "zh-CN": "虚构：本平台所列时间在法律上不约束任何一方。",
}
TITLES = ("Control code and customs code do not agree", "管制编码与海关商品编号不一致")


def dossier_page(party: Party, lang: Lang, *, internal: bool) -> ViewPage:
    """The page of a dossier."""
    edition = "internal" if internal else "shareable"
    filed = Filed(
        sample_dossier(party, lang, internal=internal),
        "/threads/CN-13",
        catalogue(lang).gettext("dossier.subject.thread", number="CN-13"),
    )
    return page_of(filed, DossierPageQuery(edition=edition))


def timed(instant: datetime, party: Party, lang: Lang, code: str = "") -> Cell:
    """Write a table's instant in both capitals, one below the other; `code`: its sentence."""
    other: Party = "cn" if party == "eu" else "eu"
    say = catalogue(lang).gettext
    own, below = (
        say("dossier.time-in", place=place(side, lang), time=moment(instant, side, lang, None))
        for side in (party, other)
    )
    return Cell(say(f"dossier.{code}", time=own) if code else own, below=(Cell(below),))


def sample_dossier(party: Party, lang: Lang, *, internal: bool) -> Dossier:
    """A question with its answer withdrawn, a correction, and an internal note."""
    t, english = catalogue(lang), lang == "en"
    edition = "internal" if internal else "shareable"

    def say(code: str, **facts: str | int) -> str:
        return t.gettext(f"dossier.{code}", **facts)

    def when(day: int, hour: int) -> tuple[tuple[str, str], ...]:
        other: Party = "cn" if party == "eu" else "eu"
        return tuple(
            (place(side, lang), moment(at(day, hour), side, lang, None)) for side in (party, other)
        )

    def digest(number: int) -> tuple[str, str]:
        return t.gettext("Entry (SHA-256)"), grouped(hexes(number))

    sides = {
        "eu": (Cell("EU ", "zxx"), Cell("欧方", "zh-CN")),
        "cn": (Cell("CN ", "zxx"), Cell("中方", "zh-CN")),
    }
    desks = {
        "eu": "Export permits desk · 4" if english else "出口许可处·4号",
        "cn": "Licensing desk · 2" if english else "许可处·2号",
    }
    name = "Astrid Lindqvist" if party == "eu" else "陈思远"
    authors = {**desks, party: name} if internal else desks
    titles = TITLES if english else TITLES[::-1]
    langs = ("en", "zh-CN") if english else ("zh-CN", "en")
    chinese = "清单L2026-47所列FIKTIV-26-0009744号申请，商品编号与管制编码不一致，请核实。"
    translated = (
        "Application FIKTIV-26-0009744 of list L2026-47 gives a customs code and a control code"
        " that do not agree. Please check."
    )
    original = t.gettext("Original, %(language)s", language=t.label("language", "zh"))
    ours = t.gettext("Original, %(language)s", language=t.label("language", "en"))
    authentic = t.gettext("authentic text")
    by = t.gettext("by %(side)s; the original prevails", side=t.label("side", "cn"))
    entries = (
        FiledEntry(
            "CN-14",
            sides["cn"],
            say("heading", number="CN-14", author=authors["cn"]),
            t.label("role", "desk"),
            when(19, 1),
            passages=(
                Passage(original, authentic, ((Cell(chinese, "zh-CN"),),)),
                Passage(t.gettext("Courtesy translation"), by, ((Cell(translated, "en"),),)),
            ),
            lines=((say("question", q=1), Cell(translated if english else chinese, lang)),),
            digest=digest(1),
        ),
        FiledEntry(
            "EU-21",
            sides["eu"],
            say("heading", number="EU-21", author=authors["eu"]),
            t.label("role", "desk"),
            when(20, 10),
            remarks=(
                say(
                    "withdrawn",
                    who=authors["eu"],
                    time=both_as_of(at(20, 15), party, lang),
                    number="EU-30",
                ),
            ),
            passages=(
                Passage(
                    ours,
                    authentic,
                    ((Cell("Yes. They are sintered NdFeB magnets.", "en"),),),
                    say("struck"),
                ),
            ),
            lines=(
                (
                    say("file"),
                    Cell("data-sheet.pdf · 212 KB · SHA-256 " + grouped(hexes(5)), "zxx"),
                ),
            ),
            digest=digest(2),
        ),
        FiledEntry(
            "EU-26",
            sides["eu"],
            say("heading", number="EU-26", author=authors["eu"]),
            t.label("role", "desk"),
            when(21, 9),
            remarks=(f"{t.label('flag', 'corrects')} EU-24",),
            passages=(
                Passage(
                    say("changes", number="EU-24"),
                    say("compared"),
                    (
                        (
                            Cell("The net weight is ", "en"),
                            Cell("1,240", "en", "removed"),
                            Cell("1,204", "en", "added"),
                            Cell(" kg.", "en"),
                        ),
                    ),
                ),
                Passage(ours, authentic, ((Cell("The net weight is 1,204 kg.", "en"),),)),
            ),
            digest=digest(3),
        ),
    )
    note = FiledEntry(
        "EU-P-7",
        (),
        name,
        t.label("role", "head"),
        when(21, 13),
        passages=(
            Passage(
                "",
                "",
                (
                    (
                        Cell(
                            "The data sheet in EU-21 belongs to another article."
                            if english
                            else "EU-21所附数据表系另一型号，须更换后再复。"
                        ),
                    ),
                ),
            ),
        ),
        private=say("internal-note"),
    )
    heads = tuple(say(f"head.{each}") for each in ("record", "entries", "checkpoint", "root"))
    records = tuple(
        (
            Cell(t.label("side", side)),
            Cell(str(size)),
            timed(at(21, 14), party, lang),
            Cell(grouped(hexes(size)), "zxx"),
        )
        for side, size in (("eu", 33), ("cn", 23))
    )
    questions = (
        (
            Cell(say("question-of", number="CN-14", q=1)),
            Cell(t.label("side", "eu")),
            timed(at(27, 16), party, lang, "agreed"),
            Cell(say("open")),
        ),
    )
    question_heads = (
        *(say(f"head.{each}") for each in ("question", "answers", "date")),
        say("head.state", time=both_as_of(NOW, party, lang)),
    )
    parts = [DossierPart("entries", say("shared" if internal else "entries-of"), entries)]
    if internal:
        parts.insert(0, DossierPart("ours", say("ours"), (note,)))
    printer = (
        name if internal else say("printed-by", side=t.label("side", party), desk=desks[party])
    )
    return Dossier(
        lang=lang,
        internal=internal,
        label=say(f"label.{edition}"),
        edge=say("edge") if internal else "",
        notice=say(f"notice.{edition}"),
        subject=say("subject.thread", number="CN-13"),
        kind=say("kind.thread"),
        title=Cell(titles[0], langs[0]),
        other_title=Cell(titles[1], langs[1]),
        facts=(
            (say("fact.about"), (Cell(say("list", name="L2026-47")),)),
            (say("fact.entries"), (Cell(say("entries", count=14)),)),
            (
                say("fact.printed"),
                (Cell(say("printed", name=printer, time=both(NOW, party, lang, None))),),
            ),
        ),
        cover=(
            DossierPart("records", say("records"), (FiledTable(heads, records),)),
            DossierPart("questions", say("questions"), (FiledTable(question_heads, questions),)),
        ),
        parts=tuple(parts),
        effect=EFFECT[lang],
        removed=t.gettext("changed.removed"),
        added=t.gettext("changed.added"),
        file_name=f"dossier-CN-13-{edition}",
    )
