"""Whether a statement outside a sheet uses the codes of closed vocabularies (S-001).

The words of sheets are read cell by cell before there is a row (`desk/lists.py`). A code that the
other side sends is shown as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from special_channel.core.sense.findings import FactKind, Finding, Rule, facts_of

CODE_RULES: Final = {"S-001": Rule("S-001", ("refuse",))}
"""The rule by its number."""


def unknown(
    field: str, code: str | None, group: FactKind, codes: Collection[str], row: int = 1
) -> Iterator[Finding]:
    """Yield a code that the vocabulary of a field lacks, with the words to use.

    Args:
        field: The field; named in the catalogues by `code-field.<field>`.
        code: What it has; None and an empty text are no word.
        group: Group of the terms in the catalogues.
        codes: The codes in the order in which the sentence lists their terms.
        row: Row or place in the entry.
    """
    if code and code not in codes:
        facts = facts_of(
            word=("text", code), field=("code-field", field), words=(group, ",".join(codes))
        )
        yield Finding("S-001", "refuse", row, (field,), facts)
