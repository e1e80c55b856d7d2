"""Preferences of the reader, for page and API."""

from __future__ import annotations

from special_channel.stores.people import Language, TextView
from special_channel.web.http.operation import Body


class Preferences(Body):
    """How the reader's pages look and act, in every browser of the reader.

    Attributes:
        language: Language of pages in browsers without a choice of their own; None leaves it.
        text_view: How threads show both languages: `pair`, `original`, `en` or `zh`.
        dense: Whether the rows of lists are close together.
        shortcuts: Whether single keys act (WCAG 2.1.4).
        possible_questions: Whether pages show what the other side's law leaves to be asked. On
            China's node it changes nothing: the rules read Chinese law.
    """

    language: Language | None = None
    text_view: TextView = "pair"
    dense: bool = False
    shortcuts: bool = True
    possible_questions: bool = False
