"""Build the body of a licence or a draw-down from an official's input.

Used by the page's form and by the command line. Does not sign and does not read the record:
the judge decides whether the entry is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries.permits import Draw, Licence
from special_channel.core.kinds.licences import judge_issue
from special_channel.desk.bodies import checked_body
from special_channel.desk.cells import plain
from special_channel.desk.payloads import Fields

_LINE: Final = re.compile(r"([^:\s]+):([0-9.]+):(kg|t|pcs):(gross|contained)")


def line_of(text: str) -> Fields:
    """Parse control code, quantity, unit and basis from `1C905.a:5000:kg:gross`.

    Raises:
        Malformed: `licence-malformed`.
    """
    match = _LINE.fullmatch(plain(text))
    if match is None:
        raise Malformed(
            "licence-malformed", "A quantity looks like 1C905.a:5000:kg:gross.", field="lines"
        )
    return dict(zip(("code", "quantity", "unit", "basis"), match.groups(), strict=True))


def licence(fields: Fields) -> Fields:
    """Check the body of `licence.issued`; empty values are dropped.

    `corrects`: id of the issue to replace, as typed.

    Raises:
        Malformed: `licence-malformed` with the name of the invalid field.
    """
    return checked_body(Licence, _correcting(fields), "licence-malformed", judge_issue)


def draw(fields: Fields) -> Fields:
    """Check the body of `licence.drawn`; empty values are dropped.

    `corrects`: id of the draw-down to replace, as typed.

    Raises:
        Malformed: `licence-malformed` with the name of the invalid field.
    """
    return checked_body(Draw, _correcting(fields), "licence-malformed")


def _correcting(fields: Fields) -> Fields:
    corrects = fields.get("corrects")
    return {**fields, "corrects": {"id": corrects}} if corrects else fields


def words(texts: Iterable[str]) -> list[Value]:
    """Normalise texts to plain characters; drop empty texts and duplicates."""
    return list(dict.fromkeys(plain(text) for text in texts if text.strip()))
