"""Entries of the private log about a draft on a sign-off route (ADR 47).

The last step of a route is no entry here: it is the second signature, with `draft.cleared`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from special_channel.core.bytes.fields import Lang, Model, Word
from special_channel.core.bytes.ids import Date, EntryId, PersonId, PersonRole, Timestamp
from special_channel.core.entries.header import Header, PartRef
from special_channel.core.entries.private import DraftAct, StepNumber


class RouteStep(Model):
    """A step of a sign-off route.

    Officials in `role`, or of any role, answer it; of `desks` each answers once. `paper`: somebody
    without a key may decide on paper. `by`: the time by which the route asks for the answer.
    """

    word: Literal["draft", "check", "consult", "release"]
    role: PersonRole | None = None
    desks: Annotated[tuple[Word, ...], Field(min_length=1, max_length=9)] | None = None
    paper: bool = False
    by: Timestamp | None = None


class Routing(DraftAct):
    """A draft, its route by id, and the route's steps, of which the first is the draft itself.

    `author` is the person who drafted. `follows`: the draft that a checker replaced by this one.
    """

    route: Word
    author: PersonId | None = None
    steps: Annotated[tuple[RouteStep, ...], Field(min_length=2, max_length=9)]
    follows: EntryId | None = None


class DraftRouted(Header):
    """A signed draft begins its sign-off route, or goes on as a checker changed it.

    `parts`: the draft's envelope in a `data` part, then the draft's own parts.
    """

    kind: Literal["draft.routed"]
    parts: Annotated[tuple[PartRef, ...], Field(min_length=1, max_length=1000)]
    body: Routing


class StepAnswer(DraftAct):
    """An answer to a step of a draft's route, by a person and, of a step by desks, for a desk.

    `next`: the draft as changed. `on`: the day of a decision on paper; the parts are then office
    and reference of who decided, remarks, and the scan.
    """

    step: StepNumber
    person: PersonId
    desk: Word | None = None
    answer: Literal["agreed", "changed", "unconcerned"]
    next: EntryId | None = None
    on: Date | None = None


class DraftChecked(Header):
    """An official answers a step of a draft's route. `parts` is a remark in `lang`, if any."""

    kind: Literal["draft.checked"]
    parts: Annotated[tuple[PartRef, ...], Field(max_length=20)] = ()
    lang: Lang | None = None
    body: StepAnswer
