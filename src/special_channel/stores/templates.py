"""Templates of desks, and times of their last use by person. PostgreSQL, schema `desk`.

Does not know the templates of the side's file. Never sent to the other side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from special_channel.core.bytes.ids import PersonId
from special_channel.stores.store import Store

TemplateKind = Literal["question", "answer"]


@dataclass(frozen=True, slots=True)
class KeptTemplate:
    """A template of a desk, with texts in English and Chinese; either may be empty."""

    id: int
    kind: TemplateKind
    title: str
    en: str
    zh: str


class TemplateStore(Store):
    """Templates by desk, and their use by person."""

    async def of_desk(self, desk: str) -> Sequence[KeptTemplate]:
        """Return a desk's templates, by name."""
        return await self._objects(
            KeptTemplate,
            "SELECT id, kind, title, en, zh FROM desk.templates WHERE desk = $1 ORDER BY title, id",
            desk,
        )

    async def keep(self, desk: str, person: PersonId, template: KeptTemplate, at: datetime) -> int:
        """Store a template under a new number; return the number."""
        return await self._count(
            "INSERT INTO desk.templates (desk, person, kind, title, en, zh, at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
            *(desk, person, template.kind, template.title, template.en, template.zh, at),
        )

    async def remove(self, desk: str, id_: int) -> None:
        """Delete a desk's template, if the number exists at the desk."""
        await self._pool.execute(
            "DELETE FROM desk.templates WHERE desk = $1 AND id = $2", desk, id_
        )

    async def used(self, person: PersonId) -> Mapping[str, datetime]:
        """Return when a person used each template last."""
        rows = await self._pool.fetch(
            "SELECT template, at FROM desk.templates_used WHERE person = $1", person
        )
        return {row["template"]: row["at"] for row in rows}

    async def use(self, person: PersonId, template: str, at: datetime) -> None:
        """Remember that a person used a template."""
        await self._pool.execute(
            "INSERT INTO desk.templates_used (person, template, at) VALUES ($1, $2, $3)"
            " ON CONFLICT (person, template) DO UPDATE SET at = excluded.at",
            *(person, template, at),
        )
