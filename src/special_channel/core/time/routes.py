"""A side's sign-off routes: which route a draft takes, and when each step is asked for (ADR 47).

Does not read files. Steps that were given to a draft are in its entry; later changes of the file
reach later drafts alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.fields import Word
from special_channel.core.bytes.ids import Party, PersonRole
from special_channel.core.bytes.times import timestamp
from special_channel.core.time.calendars import Calendar, Words
from special_channel.core.time.ladder import Wait


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Step(_Model):
    """A step: what is asked, of whom, and how long before the question's date.

    `paper`: may be decided on paper by the holder of `office`, who needs no key.
    """

    word: Literal["check", "consult", "release"]
    role: PersonRole | None = None
    desks: Annotated[tuple[Word, ...], Field(min_length=1, max_length=9, strict=False)] | None = (
        None
    )
    office: Words | None = None
    before: Wait | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.office is not None and self.word != "release":
            raise ValueError("the release alone is decided on paper")
        if self.word == "release" and self.desks is not None:
            raise ValueError("one official releases, in a role")
        if self.role is None and self.desks is None and self.office is None:
            raise ValueError("a step names a role, desks or an office")
        if len(set(self.desks or ())) != len(self.desks or ()):
            raise ValueError("a desk is named twice")
        return self


class Route(_Model):
    """Steps for drafts of some kinds; without `urgency` and `levels` for all of these kinds."""

    id: Word
    title: Words
    kinds: Annotated[tuple[str, ...], Field(min_length=1, strict=False)]
    urgency: (
        Annotated[
            tuple[Literal["normal", "urgent", "line_stop"], ...],
            Field(min_length=1, strict=False),
        ]
        | None
    ) = None
    levels: Annotated[tuple[Word, ...], Field(min_length=1, strict=False)] | None = None
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=8, strict=False)]

    @model_validator(mode="after")
    def _ends_with_release(self) -> Self:
        if [step.word for step in self.steps].count("release") != 1 or (
            self.steps[-1].word != "release"
        ):
            raise ValueError("a route ends with its only release")
        return self


class Routes(_Model):
    """A side's routes; a draft takes the first that fits."""

    v: Literal[1]
    side: Party
    routes: Annotated[tuple[Route, ...], Field(strict=False, max_length=50)] = ()

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if len({route.id for route in self.routes}) != len(self.routes):
            raise ValueError("two routes have the same id")
        return self

    def titled(self, id_: str) -> Words | None:
        """Return the title of a route; None for a route that the file no longer has."""
        return next((route.title for route in self.routes if route.id == id_), None)

    def office(self, id_: str) -> Words | None:
        """Return the office that decides a route's release on paper."""
        return next((route.steps[-1].office for route in self.routes if route.id == id_), None)


@dataclass(frozen=True, slots=True)
class DraftNature:
    """What a route is chosen by; `level` is that of a meeting or referral, else empty."""

    kind: str
    urgency: str = "normal"
    level: str = ""


def parse_routes(data: Mapping[str, object], party: Party, kinds: Collection[str]) -> Routes:
    """Validate a side's file of routes parsed by `tomllib`; `kinds`: all that a route may name.

    Raises:
        Malformed: `routes-malformed`, with the first fault.
    """
    try:
        routes = Routes.model_validate(dict(data))
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "file"
        raise Malformed(
            "routes-malformed",
            f"The file of routes does not hold together at {where}: {first['msg']}.",
            field=where,
        ) from fault
    named = {kind for route in routes.routes for kind in route.kinds}
    if routes.side != party or not named <= {*kinds}:
        field = "side" if routes.side != party else "kinds"
        raise Malformed(
            "routes-malformed", "The file names another side or an unknown kind.", field=field
        )
    return routes


def route_for(routes: Routes, draft: DraftNature) -> Route | None:
    """Return the first route that fits a draft; None if it needs none."""
    return next((route for route in routes.routes if _fits(route, draft)), None)


def stated_steps(route: Route, calendar: Calendar, due: datetime | None) -> list[canonical.Value]:
    """Return the steps as `draft.routed` states them, with times counted back from a due time."""
    steps: list[canonical.Value] = [{"word": "draft"}]
    for step in route.steps:
        stated: dict[str, canonical.Value] = {"word": step.word}
        if step.role:
            stated["role"] = step.role
        if step.desks:
            stated["desks"] = [*step.desks]
        if step.office:
            stated["paper"] = True
        if step.before and due:
            by = calendar.subtract_working_days(due, step.before.working_days)
            stated["by"] = timestamp(by - timedelta(seconds=step.before.seconds))
        steps.append(stated)
    return steps


def _fits(route: Route, draft: DraftNature) -> bool:
    return (
        draft.kind in route.kinds
        and (route.urgency is None or draft.urgency in route.urgency)
        and (route.levels is None or draft.level in route.levels)
    )
