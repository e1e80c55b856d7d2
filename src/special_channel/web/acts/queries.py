"""Read acts on people with the names and rows needed to write an act in words.

Shows an act to persons who may sign, to its signers, to the person concerned, and to leaders and
oversight. Does not sign or close an act.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import EntryId, KeyId, PersonId, Position, Role
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.entries import (
    CharterAdopted,
    Entry,
    EntryReviewed,
    KeyEnrolled,
    KeyRestored,
    KeyRevoked,
    KeySuspended,
    MachineEnrolled,
    PersonLeft,
    parse,
)
from special_channel.core.rows.directory import KeyRow, Stop
from special_channel.core.rows.routes import RouteRow
from special_channel.core.rules.persons import LEADERS
from special_channel.desk.act_queue import (
    ActPeople,
    acting_of,
    doubted_persons,
    reviewed,
    target,
)
from special_channel.desk.act_second import Acting, Because, functions, second
from special_channel.desk.act_steps import find
from special_channel.desk.act_words import Aim, aim_of
from special_channel.desk.releasing import releasers
from special_channel.ports import Stored
from special_channel.stores.acts import ActRow
from special_channel.stores.people import Official
from special_channel.web.acts import before, words
from special_channel.web.acts.before import AS
from special_channel.web.acts.words import ActNames, Reviewed
from special_channel.web.shared.acts import ActDetail, ActFilters, ActItem, May
from special_channel.web.shared.capitals import moment
from special_channel.web.shared.fingerprints import fingerprint
from special_channel.web.shared.viewpoint import desk_of, side_name
from special_channel.web.shell.changes import ChangeWriter
from special_channel.web.shell.content import entry_in, position_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.route_turns import may_release

STATED = (KeySuspended, KeyRestored, KeyRevoked, PersonLeft, EntryReviewed)
"""Entries that say less to the other side than our own page of the act."""

FINAL = frozenset({"key.revoked", "person.left"})
"""Kinds that nothing undoes."""

READERS = frozenset({"registrar", "head", "director", "oversight"})
"""Roles that read every act of their side."""


@dataclass(frozen=True, slots=True)
class People(ActPeople):
    """Our side's people: rows of keys and persons, and officials by pseudonym."""

    officials: Mapping[PersonId, Official]


async def our_people(context: PageContext) -> People:
    """Read the keys, persons and officials of our side: a few hundred."""
    views = context.own.stores.views
    keys = {key: row for key, row in (await views.keys()).items() if row.party == context.party}
    officials = {one.person: one for one in await context.own.desk.officials.all()}
    known = {row.person for row in keys.values() if row.person} | officials.keys()
    persons = await views.persons(context.party, sorted(known))
    answered = await views.answered(context.party)
    return People(keys, persons, answered, doubted_persons(context.doubts), officials)


async def waiting_acts(context: PageContext, filters: ActFilters) -> list[ActItem]:
    """Return the waiting acts that match a filter and that the reader may see, in its order."""
    people = await our_people(context)
    return [item for _, item in await _matching(context, people, filters)]


async def waiting_details(context: PageContext, filters: ActFilters) -> list[ActDetail]:
    """Return the details of the waiting acts that match a filter, in the order of the filter."""
    people = await our_people(context)
    found = await _matching(context, people, filters)
    return [await _detail(context, people, row) for row, _ in found]


async def _matching(
    context: PageContext, people: People, filters: ActFilters
) -> list[tuple[ActRow, ActItem]]:
    """Return waiting acts that match a filter and that the reader may see, with their rows."""
    rows = await context.own.desk.acts.acts.waiting(context.now)
    seen = [(row, _item(context, people, row)) for row in rows if _sees(context, people, row)]
    found = [each for each in seen if filters.matches(each[1].title, each[1].may)]
    if filters.sort == "expiry":
        found.sort(key=lambda each: each[0].expires)
    return found[::-1] if filters.sort == "newest" else found


@dataclass(frozen=True, slots=True)
class LaidCharter:
    """A charter waiting for a second signature among the releases.

    Attributes:
        title: The act in words.
        url: Path of the charter's page.
        may: The reader's right on the page: sign, withdraw or read.
    """

    title: str
    url: str
    may: May


async def waiting_charters(context: PageContext, filters: ActFilters) -> list[LaidCharter]:
    """Return charters that match a filter and wait for a second signature among the releases.

    A registrar proposes a charter on the charter's own page; the second signer finds the charter
    here as well. Charters never lapse: a filter by expiry leaves them in the order of time.
    """
    if context.reader.row.roles_now.isdisjoint(LEADERS):
        return []
    waiting = [
        (row, entry)
        for row in await context.own.desk.clearances.waiting()
        if isinstance(entry := entry_in(row.envelope), CharterAdopted)
    ]
    views = context.own.stores.views
    keys = await views.keys([row.by for row, _ in waiting]) if waiting else {}
    routes = await views.routes([row.id for row, _ in waiting]) if waiting else {}
    found = [
        LaidCharter(
            context.t.gettext("act.charter.adopted", number=entry.body.number),
            f"/clearances/{row.id}",
            _may_release(context, entry, keys[row.by], routes.get(row.id)),
        )
        for row, entry in waiting
    ]
    matching = [each for each in found if filters.matches(each.title, each.may)]
    return matching[::-1] if filters.sort == "newest" else matching


def _may_release(
    context: PageContext, entry: CharterAdopted, author: KeyRow, route: RouteRow | None
) -> May:
    """Return the reader's right on a proposed charter, the same as on the charter's own page."""
    reader = context.reader.row
    if author.key == reader.key or author.person == reader.person:
        return "withdraw"
    roles, _, _ = releasers(context.document, entry, {})
    turn = route is None or may_release(route, reader)
    return "sign" if turn and not reader.roles_now.isdisjoint(roles) else "read"


async def act_detail(context: PageContext, id_: EntryId) -> ActDetail:
    """Read an act by the id of its entry.

    Raises:
        NotFound: `act-absent`, also for an act that the reader may not see.
    """
    people = await our_people(context)
    row = await find(context.own.desk.acts.acts, id_)
    if not _sees(context, people, row):
        raise NotFound("act-absent", "No act of this id was begun here.", id=id_)
    return await _detail(context, people, row)


async def waiting_with(context: PageContext, people: People, aim: Aim) -> EntryId:
    """Return the id of the waiting act with an aim; empty if absent or closed to the reader."""
    rows = await context.own.desk.acts.acts.waiting(context.now)
    seen = (row for row in rows if row.kind == aim.kind and _sees(context, people, row))
    return next(
        (row.id for row in seen if aim_of(parse(dsse.decode(row.envelope).payload)) == aim), ""
    )


def because_of(context: PageContext, people: People, row: ActRow) -> Because | None:
    """Return why the reader may sign an act second; None if the reader may not."""
    return second(acting_of(people, row), context.reader.row)


def _sees(context: PageContext, people: People, row: ActRow) -> bool:
    reader = context.reader.row
    signed = acting_of(people, row).persons
    if reader.roles_now & READERS or reader.person in {*signed, target(people, row)}:
        return True
    return because_of(context, people, row) is not None


def _may(context: PageContext, people: People, row: ActRow) -> May:
    if row.state_at(context.now) != "waiting":
        return "read"
    # Who uploaded what a machine's key signed has not signed yet, and may be one of the two.
    if because_of(context, people, row):
        return "sign"
    return "withdraw" if _began(context, people, row) else "read"


def _began(context: PageContext, people: People, row: ActRow) -> bool:
    first = people.keys.get(row.begun_by)  # None for a new key, which is nobody's yet
    return first is not None and first.person == context.reader.row.person


def _item(context: PageContext, people: People, row: ActRow) -> ActItem:
    entry, person = parse(dsse.decode(row.envelope).payload), target(people, row)
    names = _names(context, people, (person, row.key))
    title = words.title(entry, person, names)
    return ActItem.model_validate({**_fields(context, people, row), "title": title})


def _fields(context: PageContext, people: People, row: ActRow) -> dict[str, object]:
    envelope = dsse.decode(row.envelope)
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state_at(context.now),
        "person": target(people, row) or None,
        "key": row.key or None,
        "reason": row.reason or None,
        "by": row.by,
        "signers": tuple(signature.keyid for signature in envelope.signatures),
        "at": timestamp(row.at),
        "expires": timestamp(row.expires),
        "may": _may(context, people, row),
        "began": _began(context, people, row),
        "envelope": row.envelope.decode(),
    }


def peer_reads(context: PageContext, people: People, entry: Entry) -> str:
    """Write the sentence on the other side's page for a stop, an end or a review; else empty."""
    if not isinstance(entry, STATED):
        return ""
    return ChangeWriter(context, context.party, people.persons, people.keys).words(entry)


async def _detail(context: PageContext, people: People, row: ActRow) -> ActDetail:
    entry, person = parse(dsse.decode(row.envelope).payload), target(people, row)
    names = await names_of(context, people, person, row.key, entry)
    because = because_of(context, people, row)
    acting = acting_of(people, row)
    waits = row.state_at(context.now) == "waiting"
    key, holder = people.keys.get(row.key), people.persons.get(person)
    return ActDetail.model_validate(
        {
            "hint": await before.hindrance(context, acting) if waits else "",
            "disputed": await before.disputed(context, entry, key, holder) if waits else "",
            **_fields(context, people, row),
            "title": words.title(entry, person, names),
            "facts": tuple(words.facts(entry, person, row.reason, names)),
            "because": _because(context, acting, because) if waits else "",
            "signed": tuple(names.name(one) for one in sorted(acting.persons)),
            "can": tuple(_can(people, acting, names)),
            "computer": await _computer(context, row),
            "fingerprint": fingerprint_of(entry),
            "peer_reads": peer_reads(context, people, entry),
            "final": row.kind in FINAL,
            "button": words.button(entry, names),
        }
    )


async def _computer(context: PageContext, row: ActRow) -> str:
    """Return the label of a new key's computer, so that two people mean the same computer."""
    if row.kind != "key.enrolled":
        return ""
    return (await context.own.desk.own_keys.labels([row.key])).get(row.key, "")


def fingerprint_of(entry: Entry) -> str:
    """Return the fingerprint of the key enrolled by an act; empty for another act."""
    return fingerprint(entry.body) if isinstance(entry, KeyEnrolled | MachineEnrolled) else ""


def _can(people: People, acting: Acting, names: ActNames) -> Sequence[str]:
    """Name the possible second signers of an act, without duplicates."""
    persons = {row.person for row in people.keys.values() if second(acting, row)}
    return sorted(names.name(person) for person in persons)


def _because(context: PageContext, acting: Acting, because: Because | None) -> str:
    if because is None:
        return ""
    row = context.reader.row
    held = functions(acting, row)
    # The function for which the signature counts, not an older one of another kind.
    grant = next((one for one in held if one.role in AS.get(because, {one.role})), held[0])
    since = numbered(context, str(Position(row.party, grant.start)))
    peer = side_name(context, context.peer).short.first(context.lang).text
    return context.t.gettext(f"act-because.{because}", peer=peer, since=since)


async def since_words(context: PageContext, entry: Entry) -> str:
    """Return since when a key is in doubt: position and time of acceptance."""
    since = getattr(entry.body, "since", None)
    if since is None:
        return ""
    position, at = await _accepted(context, since)
    return context.t.gettext("act-words.since", position=position, at=at) if at else position


async def stop_words(context: PageContext, people: People, stop: Stop) -> str:
    """Name a suspension by its entry, its time and who signed it (K12)."""
    position, at = await _accepted(context, stop.index)
    by = people.keys.get(stop.by)
    person = by.person if by else ""
    # A stop card is signed by the node's key.
    name = name_of(context, people, person) if person else context.t.label("role", "node")
    number = numbered(context, position)
    return context.t.gettext("act-words.stop", position=number, at=at, name=name)


async def _accepted(context: PageContext, index: int) -> tuple[str, str]:
    """Return an entry's position and the time of its acceptance; no time for the next entry."""
    accepted = await before.accepted(context, index)
    at = moment(instant(accepted), context.party, context.lang, context.now) if accepted else ""
    return str(Position(context.party, index)), at


async def names_of(
    context: PageContext, people: People, person: PersonId, key: KeyId, entry: Entry
) -> ActNames:
    """Return how the words of an entry name people and things."""
    about = (person, key)
    held = people.keys.get(key) or people.persons.get(person)
    stops = [one for one in (held.stops if held else ()) if one.id == getattr(entry, "ref", None)]
    stop = await stop_words(context, people, stops[0]) if stops else ""
    found = await context.own.stores.record.find(list(reviewed(entry)))
    shown = [found[id_] for id_ in reviewed(entry) if id_ in found]
    names = _names(context, people, about, await since_words(context, entry), stop)
    return replace(names, reviewed=[_reviewed(people, one) for one in shown])


def _reviewed(people: People, stored: Stored) -> Reviewed:
    whose = sorted(people.doubted.get(stored.id, ()))
    return Reviewed(str(position_of(stored)), stored.kind, tuple(whose))


def name_of(context: PageContext, people: People, person: PersonId) -> str:
    """Return a person's name, else desk and number."""
    official = people.officials.get(person)
    return official.name if official else public_name(context, people, person)


def public_name(context: PageContext, people: People, person: PersonId) -> str:
    """Return desk and number of a person, as the other side reads them."""
    held = people.persons.get(person)
    if held is None:
        return context.t.gettext("act-words.newcomer")
    open_ = [grant for grant in held.grants if grant.end is None] or list(held.grants[-1:])
    desk = desk_title(context, open_[0].desk)
    return context.t.gettext("act-words.person", desk=desk, number=held.number)


def desk_title(context: PageContext, code: str) -> str:
    """Return a desk's title in the reader's language."""
    return desk_of(context, context.party, code).first(context.lang).text


def function_of(context: PageContext, role: Role, desk: str) -> str:
    """Write a function: role and desk."""
    role_words = context.t.label("role", role)
    return context.t.gettext("act-words.function", role=role_words, desk=desk_title(context, desk))


def _names(
    context: PageContext,
    people: People,
    about: tuple[PersonId, KeyId],
    since: str = "",
    stop: str = "",
) -> ActNames:
    person, key = about
    return ActNames(
        t=context.t,
        name=lambda one: name_of(context, people, one),
        public=lambda one: public_name(context, people, one),
        desk=lambda code: desk_title(context, code),
        moment=lambda at: moment(instant(at), context.party, context.lang, context.now),
        numbered=lambda number: numbered(context, number),
        since=lambda _index: since,
        stop=stop,
        person=people.persons.get(person),
        key=people.keys.get(key),
    )
