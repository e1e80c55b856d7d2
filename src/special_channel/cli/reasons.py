"""Reasons for findings to confirm, on the command line: `--reason checked_file`.

An official sees the finding of a reason, and says yes, before signing. Programs name the rule as
JSON has it, and are not asked: `--reason S-046=checked_file`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from special_channel.cli.command import Decorator, repeated, words
from special_channel.cli.printing import print_error_line
from special_channel.cli.usage import NoAnswer
from special_channel.cli.usage import confirm as ask
from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.sense.findings import Finding
from special_channel.core.sense.reasons import MAX_WORDS, REASONS, GivenReason
from special_channel.core.sense.rules import RULES

_TYPED: Final = re.compile(
    r"(?:(?P<rule>S-\d{3})(?::(?P<rows>\d{1,4}(?:,\d{1,4})*))?=|(?P<bare>\d{1,4}(?:,\d{1,4})*)=)?"
    r"(?P<reason>[a-z_]+)(?::(?P<words>.+))?"
)

REASON: Final[Decorator] = repeated(
    "--reason",
    "Give your reason for what you are asked to confirm, such as checked_file, for some rows"
    " 3,5=system_date, in your own words other:words. Codes: as_source, checked_file, late_news,"
    " law, earlier_round, system_date, correction, other. It stays with us. Repeat it"
    " for more. You are shown what it is for.",
)
"""The option of commands that send lists, or state something about applications and licences."""


def _of_text(name: str) -> Decorator:
    """Make the option for an entry without rows, which corrects no statement."""
    return repeated(
        name,
        "Give your reason for what you are asked to confirm, such as checked_file, or in your own"
        " words other:words. Codes: as_source, checked_file, late_news, law, earlier_round,"
        " system_date, other. It stays with us. Repeat it for more. You are shown what it is for.",
    )


REASON_OF_TEXT: Final[Decorator] = _of_text("--reason")
"""The option of commands that sign texts: notes, threads, meetings, answers on priority."""

WHY: Final[Decorator] = _of_text("--why")
"""The same option of a command whose `--reason` is one that the other side reads."""


@dataclass(frozen=True, slots=True)
class NamedReason(GivenReason):
    """A reason typed with its rule, by an author who knows the finding."""


Confirm = Sequence[Mapping[str, Any]]
"""Findings to confirm as the API returns them (`ConfirmItem`)."""


def typed_reasons(typed: Sequence[str]) -> tuple[GivenReason, ...]:
    """Read typed reasons.

    Raises:
        Malformed: `reason-malformed`, with the text.
    """
    return tuple(each for text in typed for each in _typed(text))


_CONFIRMED: Final = tuple(sorted(each.id for each in RULES.values() if "confirm" in each.grades))
"""Rules that ask for a reason."""

_MOST_RULES: Final = 20
"""Rules of one reason in an entry."""


def _typed(text: str) -> Iterator[GivenReason]:
    found = _TYPED.fullmatch(text)
    reason = next((code for code in REASONS if found and code == found["reason"]), None)
    words = (found["words"] or "").strip() if found else ""
    if found is None or reason is None or (reason == "other") != bool(words):
        raise Malformed("reason-malformed", "Not a reason.", text=text[:80])
    if len(words) > MAX_WORDS:
        raise Malformed("reason-malformed", "The reason is too long.", text=text[:80])
    typed = found["rows"] or found["bare"]
    rows = frozenset(map(int, typed.split(","))) if typed else frozenset[int]()
    if found["rule"]:
        yield NamedReason((found["rule"],), rows, reason, words)
        return
    for first in range(0, len(_CONFIRMED), _MOST_RULES):
        yield GivenReason(_CONFIRMED[first : first + _MOST_RULES], rows, reason, words)


def fitting(confirm: Confirm, given: Sequence[GivenReason]) -> tuple[GivenReason, ...]:
    """Return the reasons to be signed, with the rows of their findings.

    A reason that names rows goes before one for all, and of two alike the last one holds, as on
    the node.

    Raises:
        RuleBroken: `sense-unconfirmed` for a finding without a reason.
    """
    # By rule too: rows that one rule flags are nothing that another one found.
    rows: dict[tuple[int, str], list[int]] = {}
    order = sorted(range(len(given)), key=lambda n: (bool(given[n].rows), n), reverse=True)
    for item in confirm:
        flagged = [Finding(item["code"], "confirm", row) for row in item.get("rows") or (1,)]
        for finding in flagged:
            place = next((n for n in order if given[n].covers(finding)), None)
            if place is None:
                raise RuleBroken(
                    "sense-unconfirmed",
                    "A finding to confirm has no reason.",
                    row=finding.row,
                    rule=finding.rule,
                    count=len(flagged),
                    words=_words(item),
                )
            held = rows.setdefault((place, finding.rule), [])
            held.extend([finding.row] if item.get("rows") else [])
    signed: dict[tuple[int, tuple[int, ...]], list[str]] = {}
    for (n, rule), found in sorted(rows.items()):
        signed.setdefault((n, tuple(sorted({*found}))), []).append(rule)
    return tuple(
        GivenReason(tuple(rules), list(named), given[n].reason, given[n].words)
        for (n, named), rules in signed.items()
    )


def agreed(confirm: Confirm, given: Sequence[GivenReason]) -> tuple[GivenReason, ...]:
    """Return the reasons to be signed; ask the author first about findings that no rule names.

    An author who types `--reason checked_file` may not have seen the findings: they are shown, and
    signed for after a yes. A program that names the rule is not asked.

    Raises:
        RuleBroken: As `fitting`.
        click.Abort: If the answer is not yes, or nobody can answer.
    """
    signed = fitting(confirm, given)
    named = [each for each in given if isinstance(each, NamedReason)]
    unnamed = [item for item in confirm if _is_unnamed(item, named)]
    for found in dict.fromkeys(_words(item) for item in unnamed):
        print_error_line(found)
    if unnamed:
        _ask(unnamed[0]["code"])
    return signed


def _ask(rule: str) -> None:
    try:
        ask("Sign with this reason?")
    except NoAnswer:
        form = f"{rule}=checked_file"
        text = "Nobody can answer here. Name the rule before the reason: %(form)s."
        print_error_line(words().gettext(text, form=form))
        raise


def _words(item: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (item.get("where"), item["text"])))


def _is_unnamed(item: Mapping[str, Any], named: Sequence[GivenReason]) -> bool:
    flagged = (Finding(item["code"], "confirm", row) for row in item.get("rows") or (1,))
    return any(not any(each.covers(finding) for each in named) for finding in flagged)
