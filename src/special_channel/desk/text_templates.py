"""A side's templates: texts for the usual questions and answers, in both languages, with gaps.

Does not read files and does not write notes: an official puts a template into the composer's
fields, and signs what the fields then hold. Nothing of a template crosses before that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.fields import Word
from special_channel.core.bytes.ids import Party
from special_channel.core.time.calendars import Words
from special_channel.messages.catalogue import LANGS, catalogue
from special_channel.stores.templates import TemplateKind

MAX_TEXT: Final = 4000
"""Characters of a template's text in a language."""

MAX_TITLE: Final = 80
"""Characters of a template's name."""

LongText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Texts(_Model):
    """A text in both languages."""

    en: LongText
    zh: LongText


class Template(_Model):
    """A text for a usual question or answer. `id` does not change with the text."""

    id: Word
    kind: TemplateKind
    title: Words
    text: Texts


class Templates(_Model):
    """The templates of a side's file."""

    v: Literal[1]
    side: Party
    templates: Annotated[tuple[Template, ...], Field(strict=False, max_length=200)] = ()

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if len({each.id for each in self.templates}) != len(self.templates):
            raise ValueError("two templates have the same id")
        return self


def parse_templates(data: Mapping[str, object], party: Party) -> Templates:
    """Validate a side's file of templates parsed by `tomllib`.

    Raises:
        Malformed: `templates-malformed`, with the first fault.
    """
    try:
        found = Templates.model_validate(dict(data))
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "file"
        raise Malformed(
            "templates-malformed", f"The file of templates: {first['msg']}.", field=where
        ) from fault
    if found.side != party:
        raise Malformed("templates-malformed", "The file names another side.", field="side")
    return found


def number_gaps() -> tuple[str, ...]:
    """Return the words of the gap that an application's number fills, in both languages."""
    return tuple(catalogue(lang).label("gap", "application") for lang in LANGS)


def filled(text: str, gaps: Mapping[str, str]) -> str:
    """Fill gaps of a text, by the words between their brackets; other gaps stay."""
    for words, value in gaps.items():
        text = text.replace(f"[{words}]", value).replace(f"【{words}】", value)
    return text
