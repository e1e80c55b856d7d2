"""Write entries of a side's directory as neutral sentences, the same on both sides' pages.

Never shows names: persons appear by desk and number. Adds nothing to the entry's statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from special_channel.core.bytes.ids import KeyId, Party, PersonId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import (
    CharterAdopted,
    Entry,
    EntryReviewed,
    KeyEnrolled,
    KeyRestored,
    KeyRevoked,
    KeySuspended,
    LogRestored,
    MachineEnrolled,
    PartyFounded,
    PersonLeft,
    RoleEnded,
    RoleGranted,
    RootsRotated,
)
from special_channel.core.rows.directory import Grant, KeyRow, PersonRow
from special_channel.ports import Stored
from special_channel.web.shared.viewpoint import RecordViewpoint, desk_of
from special_channel.web.shell.content import entry_of
from special_channel.web.shell.directory_views import ChangeItem


@dataclass(frozen=True, slots=True)
class ChangeWriter:
    """Writer of the changes in a side's directory, for a reader.

    Attributes:
        view: Side, language and charter of the page.
        party: The side of the directory.
        persons: The side's persons.
        keys: The side's keys.
    """

    view: RecordViewpoint
    party: Party
    persons: Mapping[PersonId, PersonRow]
    keys: Mapping[KeyId, KeyRow]

    def item(self, stored: Stored) -> ChangeItem:
        """Write an entry as a sentence; write an unreadable entry by its kind."""
        entry = entry_of(stored)
        words = self.words(entry) if entry else ""
        return ChangeItem(
            position=str(Position(self.party, stored.index)),
            at=instant(stored.accepted),
            kind=stored.kind,
            words=words or self.view.t.label("kind", stored.kind),
        )

    def words(self, entry: Entry) -> str:
        """Write an entry as a sentence; return "" for kinds that do not change the directory."""
        match entry:
            case RoleGranted() | RoleEnded() | PersonLeft():
                return self._of_person(entry)
            case KeyEnrolled() | KeySuspended() | KeyRestored() | KeyRevoked():
                return self._of_key(entry)
            case PartyFounded() | RootsRotated() | MachineEnrolled() | LogRestored():
                return self._of_side(entry)
            case EntryReviewed():
                code = "reviewed-" + entry.body.word
                return self._say(code, count=len(entry.body.entries))
            case CharterAdopted():
                return self._say("adopted", number=entry.body.number)
            case _:
                return ""

    def _of_person(self, entry: RoleGranted | RoleEnded | PersonLeft) -> str:
        who = self.person(entry.body.person)
        match entry:
            case RoleGranted():
                return self._granted(entry, who)
            case RoleEnded():
                function = self._function(entry.body.person, entry.body.grant)
                code = "time-over" if entry.body.reason == "time-over" else "ended"
                return self._say(code, who=who, function=function)
            case PersonLeft():
                return self._say("left", who=who) + self._doubt(entry.body.since)

    def _granted(self, entry: RoleGranted, who: str) -> str:
        body, until = entry.body, ""
        function = self._named(body.role, body.desk)
        if body.until is not None:
            until = self.view.as_of(instant(body.until))
        if body.absent is not None:
            absent = self.person(body.absent)
            return self._say("stands-in", who=who, function=function, absent=absent, until=until)
        if until:
            return self._say("granted-until", who=who, function=function, until=until)
        return self._say("granted", who=who, function=function)

    def _of_key(self, entry: KeyEnrolled | KeySuspended | KeyRestored | KeyRevoked) -> str:
        body = entry.body
        whole = getattr(body, "key", None) is None
        match entry:
            case KeyEnrolled():
                return self._say("enrolled", who=self.person(entry.body.person))
            case KeySuspended():
                code = "stopped-all" if whole else "stopped"
            case KeyRestored():
                code = "restored-all" if whole else "restored"
            case KeyRevoked():
                code = "revoked"
        person = getattr(body, "person", None)
        said = (
            self._say(code, who=self.person(person))
            if person is not None
            else self._of_holder(code, getattr(body, "key", ""))
        )
        return said + self._doubt(getattr(body, "since", None))

    def _of_holder(self, code: str, key: KeyId) -> str:
        """Write the sentence on a key of a person or a machine; `code`: code of the event."""
        row = self.keys.get(key)
        if row is not None and row.machine:
            role = self.view.t.label("role", row.machine)
            return self._say(f"machine-{code}", role=role)
        return self._say(code, who=self.person(row.person if row else ""))

    def _of_side(self, entry: PartyFounded | RootsRotated | MachineEnrolled | LogRestored) -> str:
        match entry:
            case PartyFounded():
                roots = entry.body.roots
                facts = {"parts": len(roots.keys), "threshold": roots.threshold}
                return self._say("founded", count=len(entry.body.persons), **facts)
            case RootsRotated():
                body = entry.body
                facts = {"parts": len(body.keys), "threshold": body.threshold}
                return self._say("rotated", number=body.number, **facts)
            case MachineEnrolled():
                role = self.view.t.label("role", entry.body.role)
                reason = self.view.t.label("machine-reason", entry.body.reason)
                return self._say("machine-enrolled", role=role, reason=reason)
            case LogRestored():
                last = str(Position(self.party, max(entry.body.size - 1, 0)))
                return self._say("log-restored", position=last)

    def person(self, person: PersonId) -> str:
        """Name a person by desk and number."""
        row = self.persons.get(person)
        if row is None:
            return self.view.t.label("change", "somebody")
        desk = desk_of(self.view, self.party, current(row).desk)
        return self.view.t.gettext(
            "change.who", desk=desk.first(self.view.lang).text, number=row.number
        )

    def _function(self, person: PersonId, grant: int) -> str:
        row = self.persons.get(person)
        found = next((each for each in row.grants if each.number == grant), None) if row else None
        return self._named(found.role, found.desk) if found else str(grant)

    def _named(self, role: str, desk: str) -> str:
        title = desk_of(self.view, self.party, desk).first(self.view.lang).text
        comma, words = "，" if self.view.lang == "zh-CN" else ", ", self.view.t.label("role", role)
        # The desk of registrars bears the name of their function.
        return title if title.casefold() == words.casefold() else f"{words}{comma}{title}"

    def _doubt(self, since: int | None) -> str:
        if since is None:
            return ""
        gap = "" if self.view.lang == "zh-CN" else " "
        return gap + self._say("doubt", position=str(Position(self.party, since)))

    def _say(self, code: str, **facts: str | int) -> str:
        side = self.view.t.label("change-side", self.party)
        return self.view.t.gettext(f"change.{code}", side=side, **facts)


def current(row: PersonRow) -> Grant:
    """Return a person's oldest function in force; without functions in force, the last function."""
    return next((grant for grant in row.grants if grant.end is None), row.grants[-1])
