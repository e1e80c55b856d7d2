"""Read the form of an act on people, and make the body of the entry to be signed.

A GET sends the fields; the response shows the act in words, with the signing button.
Enrolments of machines are in `machines.py`. Does not sign or judge.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import EntryId, KeyId, PersonId
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.directory import KeyRow, PersonRow, Stop
from special_channel.core.rules.persons import LEADERS
from special_channel.desk.act_words import REASONS, Aim
from special_channel.messages.catalogue import Sentence
from special_channel.web.acts.queries import People
from special_channel.web.shared.query import Query
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.forms import instant_of
from special_channel.web.shell.frame import ViewPage

KINDS: Final = (
    "role.granted",
    "role.ended",
    "person.left",
    "key.enrolled",
    "key.suspended",
    "key.restored",
    "key.revoked",
    "machine.enrolled",
)
"""Acts that begin with this form."""

ROLES: Final = ("desk", "head", "director", "oversight", "registrar")

ENDINGS: Final = ("moved", "ended")

_GRANT: Final = re.compile(r"[0-9]{1,3}")
"""Number of a grant. Python reads no whole number of some thousand digits."""


class ActQuery(Query):
    """The fields of the form, as typed.

    `look`: asks for the act in words. `stop`: id of the suspension to be lifted. `absent`: the
    person for whom another stands in. `public`, `next`: a machine's key and the commitment to the
    following key, as pasted. `owner`, `kinds`: of a service.
    """

    kind: str = ""
    key: str = ""
    person: str = ""
    grant: str = ""
    role: str = ""
    desk: str = ""
    unit: str = ""
    until: str = ""
    absent: str = ""
    reason: str = ""
    since: str = ""
    stop: str = ""
    public: str = ""
    next: str = ""
    owner: str = ""
    kinds: tuple[str, ...] = ()
    look: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """The person acted on, and the key if the act names a key.

    Attributes:
        person: Pseudonym; empty for a person not in our directory yet, and for a machine.
        row: Row of the person in the record; None before the first function.
        usable: The person's keys without an end, oldest first.
    """

    person: PersonId
    row: PersonRow | None
    key: KeyRow | None
    usable: tuple[KeyId, ...] = ()


@dataclass(frozen=True, slots=True)
class Stated:
    """The body and `ref` of the entry to be signed, and the true reason; the reason stays here."""

    body: dict[str, Value]
    ref: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MachineForm:
    """Choices of the form of a machine's key, in addition to the fields.

    Attributes:
        owners: People who can answer for a service: pseudonym and name.
        kinds: Kinds that a service may write, with words.
        succeeds: Whether the key replaces the key in use.
        signs: Whether the key signs its own enrolment.
    """

    owners: Sequence[tuple[str, str]]
    kinds: Sequence[tuple[str, str]]
    succeeds: bool
    signs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The act in words, and the fields that its button signs.

    Attributes:
        peer_reads: Sentence for the other side; empty if the other side reads no sentence.
        body, ref, reason: Fields sent by the button to be signed.
        final: Whether no later act can undo the act.
        groups: Fingerprint of a key, in groups of four.
        address: Fields as typed, for the file to be signed by a machine's key.
        hint: Why the reader's signature would be refused; empty if no reason is known.
        disputed: How many entries become disputed, in words; empty if no entry does.
        functions: Numbers of functions in which the reader may begin the act, own functions first.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    peer_reads: str
    button: str
    body: str
    ref: str
    reason: str
    final: bool = False
    groups: tuple[str, ...] = ()
    address: str = ""
    hint: str = ""
    disputed: str = ""
    functions: Sequence[int] = ()


@dataclass(frozen=True, kw_only=True)
class NewAct:
    """View model of the form's page, field by field.

    Attributes:
        stops: Suspensions of the key: id and words; the reader chooses among several.
        absent: Name of the person for whom another stands in; empty otherwise.
        waits: Id of a waiting act with the same aim; empty if absent.
        code: One-time code just drawn; empty otherwise.
        look: The act in words, once the form is filled.
    """

    query: ActQuery
    found: Target
    name: str
    stops: Sequence[tuple[EntryId, str]] = ()
    reasons_in_words: Sequence[tuple[str, str]] = ()
    roles_in_words: Sequence[tuple[str, str]] = ()
    desks: Sequence[tuple[str, str]] = ()
    others: Sequence[tuple[str, str]] = ()
    absent: str = ""
    grants: Sequence[tuple[int, str]] = ()
    waits: EntryId = ""
    code: str = ""
    machine: MachineForm | None = None
    look: Look | None = None
    fault: Sentence | None = None

    def page(self) -> ViewPage:
        """Make the page; its template reads the fields by name."""
        return ViewPage("acts/new.html", "people", self.found, vars(self))


def target(query: ActQuery, people: People) -> Target:
    """Look up the person and key that a form names.

    Raises:
        Malformed: `request-malformed` for another kind.
        NotFound: `person-absent`, `key-absent`.
    """
    if query.kind not in KINDS:
        raise Malformed("request-malformed", "There is no form of this act.", field="kind")
    if query.absent and query.absent not in people.persons:
        raise NotFound("person-absent", "No such person held a function.", person=query.absent)
    if query.kind == "role.granted" and not query.person:
        return Target("", None, None)  # somebody who is not in our directory yet
    if query.kind == "machine.enrolled":
        return Target("", None, None)  # a key that nobody holds yet
    key = people.keys.get(query.key)
    if query.key and key is None:
        raise NotFound("key-absent", "No such key is enrolled on our side.", key=query.key)
    person = key.person if key else query.person
    if not (key and key.machine) and person not in {*people.persons, *people.officials}:
        raise NotFound("person-absent", "No such person is in our directory.", person=person)
    row = people.persons.get(person)
    usable = tuple(one for one in (row.keys if row else ()) if people.keys[one].ended is None)
    return Target(person, row, key, usable)


def open_stops(found: Target) -> list[Stop]:
    """Return the suspensions of a key or person that are not lifted, oldest first.

    With a key: suspensions of the key alone. Without: suspensions of the person with every key.
    """
    held = found.key or found.row
    if held is None:
        return []
    whole = found.key is None
    return [stop for stop in held.stops if stop.restored is None and stop.whole == whole]


def chosen_stop(query: ActQuery, found: Target) -> EntryId:
    """Return the suspension to be lifted: the one chosen, else a single open one; else empty.

    Every suspension is lifted by a separate act (K12): code must not choose among several.
    """
    stops = open_stops(found)
    return query.stop or (stops[0].id if len(stops) == 1 else "")


def restoration_aim(query: ActQuery, found: Target) -> Aim | None:
    """Return the aim of a restoration once its suspension is known; None for another act."""
    stop = chosen_stop(query, found) if query.kind == "key.restored" else ""
    if not stop:
        return None
    named = ("", found.key.key) if found.key else (found.person, "")
    return Aim(query.kind, *named, ref=stop)


async def stated(context: PageContext, query: ActQuery, found: Target) -> Stated:
    """Build the body, `ref` and reason to be signed from the fields of a form.

    Raises:
        Malformed: `act-reason`, `act-time`, `request-malformed`.
        NotFound: `stop-absent`.
    """
    match query.kind:
        case "role.granted":
            return Stated(_granting(context, query, found))
        case "role.ended":
            if query.reason not in ENDINGS:
                raise Malformed("act-reason", "Choose a reason.", reason=query.reason)
            number = int(query.grant) if _GRANT.fullmatch(query.grant) else 0
            return Stated({"person": found.person, "grant": number, "reason": query.reason})
        case "person.left":
            return Stated({"person": found.person} | await _since(context, query))
        case _:
            return await _stop(context, query, found)


async def _stop(context: PageContext, query: ActQuery, found: Target) -> Stated:
    machine = found.key is not None and found.key.machine
    if query.reason not in REASONS[query.kind]:
        raise Malformed("act-reason", "Choose a reason.", reason=query.reason)
    named: dict[str, Value] = {"key": found.key.key} if found.key else {"person": found.person}
    body = named | {"reason": query.reason if machine else "stated-at-home"}
    reason = "" if machine else query.reason
    if query.kind != "key.restored":
        return Stated(body | await _since(context, query), reason=reason)
    ref = chosen_stop(query, found)
    if ref not in {stop.id for stop in open_stops(found)}:
        raise NotFound("stop-absent", "Nothing is stopped that could be restored.")
    return Stated(body, ref, reason)


def _granting(context: PageContext, query: ActQuery, found: Target) -> dict[str, Value]:
    if query.role not in ROLES:
        raise Malformed("request-malformed", "Choose a function.", field="role")
    number = found.row.grants[-1].number + 1 if found.row else 1
    body: dict[str, Value] = {
        "person": found.person,
        "grant": number,
        "role": query.role,
        "desk": query.desk,
        "unit": query.unit,
    }
    if query.role in LEADERS and found.usable:
        # A person has no more keys in use than an entry can name (K10).
        body["keys"] = [*found.usable]
    if query.until:
        body["until"] = timestamp(instant_of(context, query.until, "until"))
    if query.absent:
        body["for"] = query.absent
    return body


async def _since(context: PageContext, query: ActQuery) -> dict[str, Value]:
    """Return the field `since`: first index accepted at or after the instant; {} if not typed."""
    if not query.since:
        return {}
    at = timestamp(instant_of(context, query.since, "since"))
    first = await context.own.stores.views.first_since(context.party, at)
    # No entry since then: doubt begins with the act itself, at the earliest next index.
    return {"since": context.heads[context.party].size if first is None else first}
