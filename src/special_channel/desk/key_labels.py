"""Labels of the computers that hold keys, such as "Laptop 2": work of our side, never sent."""

from __future__ import annotations

from typing import Final

from special_channel.core.bytes import scripts
from special_channel.core.bytes.errors import Malformed

MAX_LABEL: Final = 60
"""Characters of a label."""


def computer_label(typed: str) -> str:
    """Check the label of a key's computer; return the label without extra blanks.

    Raises:
        Malformed: `label-long`, `text-direction`.
    """
    label = " ".join(typed.split())
    if mark := scripts.unpaired(label):
        raise Malformed("text-direction", "A mark of direction has no partner.", mark=mark)
    if len(label) > MAX_LABEL or not label.isprintable():
        raise Malformed("label-long", "The label is too long.", limit=MAX_LABEL)
    return label
