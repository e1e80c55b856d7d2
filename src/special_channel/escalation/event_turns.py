"""The turn of a waiting draft: of releasers, or of a step on the sign-off route (ADR 47).

Does not judge: the private log does, at the signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from special_channel.channels.event_mails import PersonalNotice
from special_channel.core.bytes.ids import EntryId, PersonId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.routes import RouteRow
from special_channel.desk.releasing import RELEASERS
from special_channel.stores.people import Held


@dataclass(frozen=True, slots=True)
class Turn:
    """The turn of a waiting draft.

    Attributes:
        roles: Roles of which one releases the draft, by the charter.
        route: The draft's sign-off route, if it is on one.
    """

    roles: frozenset[str]
    route: RouteRow | None = None

    @property
    def releases(self) -> bool:
        """Whether the release is next."""
        return self.route is None or self.route.last

    def key(self, draft: EntryId) -> str:
        """Return the event's key: a new one when the draft comes back to a step.

        `draft`: its id, or the id of the act that sent several, so that they are told once.
        """
        if self.route is None:
            return f"release:{draft}"
        returns = sum(each.answer == "returned" for each in self.route.answers)
        return f"step:{draft}:{self.route.step}:{returns}"

    def is_of(self, person: PersonId, functions: Sequence[Held]) -> bool:
        """Return whether a person has the turn, in one of the functions."""
        route = self.route
        if route is not None and route.elsewhere(person):
            return False
        allowed = self.roles if self.releases else frozenset(RELEASERS)
        # A step decided on paper is recorded and released by whom the charter lets release.
        free = route is None or (route.last and route.now.paper)
        return any(
            each.role in allowed
            and (free or (route is not None and route.awaits(each.role, each.desk)))
            for each in functions
        )

    def notice(self, url: str, at: datetime) -> PersonalNotice:
        """Return the notice of the turn, with the step's word and time."""
        event = "release" if self.releases else "check"
        if self.route is None:
            return PersonalNotice("release", at, url, event)
        step = self.route.now
        by = instant(step.by) if step.by else None
        return PersonalNotice(
            "release" if self.releases else "check", at, url, event, due=by, step=step.word
        )
