"""Views of templates, for page and API."""

from __future__ import annotations

from typing import Literal

from special_channel.stores.templates import TemplateKind
from special_channel.web.shared.query import Filters, Text
from special_channel.web.shared.view import View
from special_channel.web.shell.templates import TemplateItem


class TemplateFilters(Filters):
    """Filters of templates by kind, by part of name or text, and by who keeps them.

    `keeper`: `desk` or `side`. `sort`: what was used last first, or by name.
    """

    kind: Literal["", "question", "answer"] = ""
    text: Text = ""
    keeper: Literal["", "desk", "side"] = ""
    sort: Literal["used", "name"] = "used"


class TemplatesView(View):
    """The reader's templates that match a filter; `total`: the number of all.

    `text`, `translation`: of the reader's draft, for a template to be kept; of the page alone.
    """

    items: tuple[TemplateItem, ...]
    total: int = 0
    kind: TemplateKind = "answer"
    text: str = ""
    translation: str = ""


class TemplateText(View):
    """A template's text for the fields of a note, with the gaps filled that the thread fills.

    `text`: in the reader's language; `translation`: in the other.
    """

    kind: TemplateKind
    text: str
    translation: str
