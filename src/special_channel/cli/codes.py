"""Codes of closed vocabularies from what was typed: the code, or a term of either language."""

from __future__ import annotations

from special_channel.core.bytes.errors import Malformed
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.messages.terms import lexicon_of


def code_of(vocabulary: str, typed: str, lang: Lang) -> str:
    """Return the code of a typed word; an empty text stays empty.

    `vocabulary`: group of the terms in the catalogues. `lang`: of the words in a refusal.

    Raises:
        Malformed: `word-unknown`, with the words to choose from.
    """
    reader = lexicon_of(vocabulary)
    codes = reader.read(typed).codes if typed else ("",)
    if codes:
        return codes[0]
    t = catalogue(lang)
    shape, separator = ("{} ({})", ", ") if lang == "en" else ("{}（{}）", "、")
    known = [shape.format(code, t.label(vocabulary, code)) for code in reader.vocabulary.codes]
    raise Malformed(
        "word-unknown", "No word of this vocabulary.", text=typed[:80], known=separator.join(known)
    )
