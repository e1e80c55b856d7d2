"""What an official types for a licence or a draw-down, turned into the body that is signed.

The same for the page's form and the command line. Does not sign, and does not ask the
record: whether it may stand there is the judge's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from special_channel.core.canonical import Value
from special_channel.core.entries.permits import Draw, Licence
from special_channel.core.errors import Malformed
from special_channel.core.judge_permits import judge_issue
from special_channel.desk.bodies import checked_body
from special_channel.desk.cells import plain
from special_channel.desk.payloads import Fields

_LINE: Final = re.compile(r"([^:\s]+):([0-9.]+):(kg|t|pcs):(gross|contained)")


def line_of(text: str) -> Fields:
    """Read `1C905.a:5000:kg:gross`: control code, quantity, unit and basis.

    Raises:
        Malformed: `licence-malformed`.
    """
    found = _LINE.fullmatch(plain(text))
    if found is None:
        raise Malformed(
            "licence-malformed", "A quantity looks like 1C905.a:5000:kg:gross.", field="lines"
        )
    return dict(zip(("code", "quantity", "unit", "basis"), found.groups(), strict=True))


def licence(fields: Fields) -> Fields:
    """Check the body of `licence.issued`, empty values left out.

    Raises:
        Malformed: `licence-malformed` with the field that can't be taken.
    """
    return checked_body(Licence, fields, "licence-malformed", judge_issue)


def draw(fields: Fields) -> Fields:
    """Check the body of `licence.drawn`, empty values left out.

    Raises:
        Malformed: `licence-malformed` with the field that can't be taken.
    """
    return checked_body(Draw, fields, "licence-malformed")


def words(texts: Iterable[str]) -> list[Value]:
    """Return what is not empty, each in plain characters and once."""
    return list(dict.fromkeys(plain(text) for text in texts if text.strip()))
