"""Parts of an entry that may be marked as a courtesy translation.

Does not compare texts: readers judge a translation's quality.
"""

from __future__ import annotations

from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import Translatable


def judge_translation(entry: Translatable) -> None:
    """Refuse a translation marking of a part without text, or of the same part twice.

    Raises:
        Malformed: `entry-malformed`.
    """
    translation = entry.body.translation
    if translation is None:
        return
    roles = [part.k for part in entry.parts]
    within = all(
        place < len(roles) and roles[place] in {"subject", "text"} for place in translation.parts
    )
    if not within or len(set(translation.parts)) != len(translation.parts):
        raise Malformed(
            "entry-malformed",
            "A translation names text parts, each once.",
            field="body.translation",
        )
