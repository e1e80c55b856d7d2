"""`view/index.html`: a bundle's entries as a page in both languages, without scripts.

The page begins with a notice: not evidence. Disputed and disowned entries have the word beside the
number (rules.md, K21 and K22). All text is escaped, and direction marks
are shown instead of applied, since they can change how a line reads. Does not check anything:
the page proves nothing without the verifier.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from html import escape

from special_channel.core.audit.audit import AuditResult
from special_channel.core.audit.evidence import Evidence
from special_channel.core.audit.findings import Finding, Report
from special_channel.core.audit.parts import disclosures
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.parts import FilePart, SubjectPart, TextPart, parse
from special_channel.core.bytes.scripts import visible
from special_channel.core.entries import NotePosted
from special_channel.core.rows.past import Placed
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.doubt import (
    EntryDoubt,
    Signature,
    doubt_of,
    signature_in_doubt,
)
from special_channel.core.rules.state import EntryRow, Rows, question_key
from special_channel.export.authors import AuthorWriter, author_writers
from special_channel.export.damaged import damage_notice
from special_channel.export.stated_doubt import StatedDoubt, stated_doubt
from special_channel.messages.catalogue import LANGS, catalogue

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
header,article,footer{border-top:1px solid #999;padding:.75rem 0}
h2{font-size:1rem;margin:0}p{margin:.4rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
.meta{color:#555;font-size:.875rem}.absent{color:#555;font-style:italic}
.doubt{border:1px solid;border-radius:.25rem;padding:0 .3rem}
"""


def view(evidence: Evidence, audited: AuditResult) -> Iterator[bytes]:
    """Yield the page in pieces: head, entries, foot."""
    report = audited.report
    sizes = ", ".join(f"{log.party.upper()} {log.size}" for log in report.logs)
    head = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>Special Channel: {escape(sizes)}</title><style>{_STYLE}</style></head><body>",
        f"<header>{_both('export.not-evidence')}",
        f'<p class="meta">{escape(sizes)}</p>{_damaged(audited)}</header>',
    ]
    effect = {lang: _shown(text) for lang, text in report.effect.items()}
    foot = (
        [f"<footer><p>{effect['en']}</p>", f'<p lang="zh-CN">{effect["zh"]}</p></footer>']
        if effect
        else []
    )
    yield _lines(head)
    absent = _absences(report)
    stated, writers = stated_doubt(audited.rows), author_writers(audited.rows)
    for placed in audited.placed:
        if audited.classes[placed.position] == "scope":
            doubt = None if stated.none else _doubt(placed, audited.rows, stated)
            who = _who(placed, writers)
            missing = absent.get(placed.id, {})
            yield _lines(_article(placed, who, evidence, audited, missing, doubt))
    yield _lines([*foot, "</body></html>"])


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _absences(report: Report) -> dict[str, dict[int, Finding]]:
    """Return the findings about absent parts, by entry id and part index."""
    absent: dict[str, dict[int, Finding]] = {}
    for finding in report.findings:
        if finding.code in _ABSENT:
            absent.setdefault(finding.place.id, {})[finding.place.part] = finding
    return absent


def _shown(text: str) -> str:
    return escape(visible(text))


def _damaged(audited: AuditResult) -> str:
    notice = damage_notice(audited.report)
    if notice is None:
        return ""
    return f'<p class="absent">{notice[0]}</p><p class="absent" lang="zh-CN">{notice[1]}</p>'


def _both(msgid: str) -> str:
    """Format a sentence in both languages."""
    english = escape(catalogue("en").gettext(msgid))
    chinese = escape(catalogue("zh-CN").gettext(msgid))
    return f'<p>{english}</p><p lang="zh-CN">{chinese}</p>'


@cache
def _label(group: str, code: str) -> str:
    return _pair(*(catalogue(lang).label(group, code) for lang in LANGS))


@lru_cache(maxsize=1024)
def _pair(english: str, chinese: str) -> str:
    """Format words in both languages on one line."""
    return f'{_shown(english)} <span lang="zh-CN">{_shown(chinese)}</span>'


# Doubt -------------------------------------------------------------------------------


def _doubt(placed: Placed, rows: Rows, stated: StatedDoubt) -> tuple[EntryDoubt, Signature] | None:
    """Return the doubt about a valid entry, and whose; None without one, or confirmed."""
    row = rows[("entry", placed.id)]
    assert isinstance(row, EntryRow)  # noqa: S101 - a valid entry has a row
    doubt = doubt_of(row.signers, row.index, stated.doubts, stated.reviews.get(placed.id))
    if doubt is None or doubt.word == "confirmed":
        return None
    return doubt, signature_in_doubt(doubt, row.signers)


def _doubt_sentence(placed: Placed, doubt: EntryDoubt, signature: Signature) -> str:
    """Format the statement of the entry's own side, in the words of the other side's pages."""
    party = placed.position.party
    said = "disowned" if doubt.word == "disowned" else "other"
    since = str(doubt.begin(party) or "")
    return _pair(
        *(
            catalogue(lang).gettext(
                f"doubted.{said}.{signature}",
                side=catalogue(lang).label("side", party),
                since=since,
            )
            for lang in LANGS
        )
    )


# Entries -----------------------------------------------------------------------------


def _who(placed: Placed, writers: Iterable[AuthorWriter]) -> str:
    return _pair(*(writer.write(placed) for writer in writers))


def _article(
    placed: Placed,
    who: str,
    evidence: Evidence,
    audited: AuditResult,
    absent: Mapping[int, Finding],
    doubt: tuple[EntryDoubt, Signature] | None,
) -> Iterator[str]:
    mark = f' <span class="doubt">{_label("doubt", doubt[0].word)}</span>' if doubt else ""
    yield f'<article id="{placed.position}">'
    yield f"<h2>{placed.position}{mark} · {_label('kind', placed.entry.kind)}</h2>"
    yield f'<p class="meta">{placed.accepted} · {who}</p>'
    if doubt:
        yield f'<p class="meta">{_doubt_sentence(placed, *doubt)}</p>'
    parts = disclosures(evidence.parts.get(placed.id)) or ()
    for part in range(len(getattr(placed.entry, "parts", ()))):
        disclosure = parts[part] if part < len(parts) else None
        yield _part(disclosure, absent.get(part), _lang(placed, part))
    yield from _asks(placed, audited)
    yield "</article>"


_ABSENT = {
    "part-erased": "erased",
    "part-withheld": "withheld",
    "part-sealed": "sealed",
    "part-missing": "missing",
}


def _lang(placed: Placed, part: int) -> str:
    """Return a part's language: the translation's for its parts, else the entry's."""
    entry = placed.entry
    translation = getattr(getattr(entry, "body", None), "translation", None)
    if translation is not None and part in translation.parts:
        return str(translation.lang)
    return str(getattr(entry, "lang", None) or "en")


def _part(disclosure: bytes | None, absent: Finding | None, lang: str) -> str:
    if disclosure is None:
        word = _ABSENT[absent.code] if absent else "withheld"
        return f'<p class="absent">{_label("absence", word)}</p>'
    try:
        part = parse(disclosure)
    except Malformed:
        return f'<p class="absent">{_label("absence", "missing")}</p>'
    if isinstance(part, SubjectPart | TextPart):
        return f'<p lang="{escape(lang)}">{_shown(part.text)}</p>'
    if isinstance(part, FilePart):
        name, digest = _shown(part.name), part.sha256
        return f'<p><a href="../files/{digest}" download="{name}">{name}</a> ({part.len} B)</p>'
    return f'<p class="meta">{_shown(part.type)}</p>'


def _asks(placed: Placed, audited: AuditResult) -> Iterator[str]:
    if not isinstance(placed.entry, NotePosted):
        return
    for ask in placed.entry.asks:
        row = audited.rows.get(question_key(placed.id, ask.q))
        if isinstance(row, QuestionRow):
            number = f"{placed.position} Q{ask.q}"
            date = _label("date-kind", "agreed" if row.is_agreed else "requested")
            state = _label("outcome", row.outcome())
            yield f'<p class="meta">{number} · {date}: {row.due} · {state}</p>'
