"""Views of templates, for page and API."""

from __future__ import annotations

from special_channel.stores.templates import TemplateKind
from special_channel.web.shared.view import View
from special_channel.web.shell.templates import TemplateItem


class TemplatesView(View):
    """The reader's templates, what was used last first.

    `text`, `translation`: of the reader's draft, for a template to be kept; of the page alone.
    """

    items: tuple[TemplateItem, ...]
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
