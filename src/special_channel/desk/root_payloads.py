"""Payloads of the acts that the root signs (docs/rules.md, K14 and K15).

The caller knows the record; the judge decides whether the act is allowed. Does not sign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from special_channel.core.bytes import canonical
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed, NotAllowed, NotFound
from special_channel.core.bytes.ids import EntryId, KeyId, Party, PersonId
from special_channel.core.bytes.suites import key_id
from special_channel.core.entries import PRIVATE_KINDS, KeySuspended, parse
from special_channel.core.rows.directory import KeyRow, PartyRow, PersonRow, decoded_key
from special_channel.core.rules.roles import SERVICE_KINDS
from special_channel.core.rules.signing_keys import SELF_SIGNED, SigningKey
from special_channel.desk import root_words
from special_channel.desk.access import Scope, access_body
from special_channel.desk.root_files import CommitmentsFile, Request, SetFile

Fields = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Given:
    """Facts of the act, as typed; empty texts and None count as not given.

    Attributes:
        texts: Fields by option: `person`, `grant`, `role`, `desk`, `unit`, `until`, `for`, `key`,
            `suite`, `public`, `rp`, `name`, `next`, `owner`, `reason`, `from`, `to`, `purpose`,
            `order`.
        keys: Keys that may use a grant.
        kinds: Kinds of entries that a service may write.
        thread: Numbers of threads that may be read.
        batch: Numbers of lists that may be read.
        since: Index from which there is doubt.
        size: Entries with which the log continues.
        roots: The new root set.
        following: Commitments to the root set after `roots`.
    """

    texts: Mapping[str, str]
    keys: Sequence[KeyId] = ()
    kinds: Sequence[str] = ()
    thread: Sequence[str] = ()
    batch: Sequence[str] = ()
    since: int | None = None
    size: int | None = None
    roots: SetFile | None = None
    following: CommitmentsFile | None = None

    def text(self, name: str) -> str:
        """Return a field.

        Raises:
            Malformed: `root-field-missing`.
        """
        if not self.texts.get(name):
            raise Malformed("root-field-missing", "The act needs this option.", option=f"--{name}")
        return self.texts[name]

    def named(self, *names: str) -> Fields:
        """Return the texts given for the named options; options not given are omitted."""
        return {name: self.texts[name] for name in names if self.texts.get(name)}

    def names(self) -> set[str]:
        """Return the names of the options given."""
        others = {
            "keys": self.keys,
            "kinds": self.kinds,
            "thread": self.thread,
            "batch": self.batch,
            "since": self.since is not None,
            "size": self.size is not None,
            "roots": self.roots,
            "following": self.following,
        }
        return {name for name, given in {**self.texts, **others}.items() if given}


@dataclass(frozen=True, slots=True)
class Known:
    """Facts of the record: the party, and the person, key or grant that the act concerns.

    Attributes:
        party: The side, with its root sets.
        parts: Public keys of the root set in force.
        person: The person named, or the owner of a service; None for a new person.
        key: The key named.
        stop: The suspension to be lifted, with its id.
        scope: Ids of the threads and lists named, and the days.
        access: Id of the grant of access that ends.
    """

    party: PartyRow
    parts: Mapping[KeyId, SigningKey]
    person: PersonRow | None = None
    key: KeyRow | None = None
    stop: tuple[EntryId, KeySuspended] | None = None
    scope: Scope = Scope()  # noqa: RUF009 - frozen
    access: EntryId | None = None


def request(kind: str, given: Given, known: Known, *, by: KeyId, at: str) -> Request:
    """Build the request for an act.

    Args:
        kind: Kind of the entry.
        given: Facts of the act, as typed.
        known: Facts of the record.
        by: Key id of the root part that signs as the author; empty for the first part that counts.
        at: Time of the payload.

    Raises:
        Malformed: `root-field-missing`, `root-field-unfit`, and the codes of `entries.parse`.
        NotFound: `person-unknown`, `key-unknown`, `entry-unknown`.
        NotAllowed: `service-kind`.
    """
    build = _KINDS[kind]
    unfit = sorted(given.names() - set(build.fields))
    if unfit:
        raise Malformed("root-field-unfit", "The act has no such field.", option=f"--{unfit[0]}")
    built = build.make(given, known)
    payload: Fields = {
        "v": 1,
        "log": known.party.private if kind in PRIVATE_KINDS else known.party.origin,
        "kind": kind,
        "by": built.by or by or min(built.authors or known.parts),
        "at": at,
        "seen": [],
        "body": built.body,
    }
    if built.ref:
        payload["ref"] = built.ref
    return requested(payload, known.party.party, known.parts, known.party.roots[-1].threshold)


def requested(
    payload: Fields, party: Party, parts: Mapping[KeyId, SigningKey], threshold: int
) -> Request:
    """Make a request of a payload, with its words.

    Raises:
        Malformed: The codes of `entries.parse`.
    """
    data = canonical.dumps(payload)
    made = Request(party, data, parse(data), dict(parts), threshold, ((), ()))
    return Request(party, data, made.entry, made.parts, threshold, root_words.both(made))


@dataclass(frozen=True, slots=True)
class _Built:
    """Body of a payload, its `ref`, its author if only a single key may be, else `authors`."""

    body: Fields
    ref: str = ""
    by: str = ""
    authors: Sequence[KeyId] = ()


@dataclass(frozen=True, slots=True)
class _Kind:
    make: Callable[[Given, Known], _Built]
    fields: Sequence[str] = field(default=())


def _known_person(given: Given, known: Known) -> PersonId:
    person = given.text("person")
    if known.person is None:
        raise NotFound("person-unknown", "No such person holds a function.", person=person)
    return person


def _number(given: Given, name: str) -> int:
    text = given.text(name)
    if not (text.isascii() and text.isdigit() and len(text) < len("1000")):
        raise Malformed("root-field-unfit", "This is no number.", option=f"--{name}")
    return int(text)


def _granted(given: Given, known: Known) -> _Built:
    grants = known.person.grants if known.person else ()
    body: Fields = {
        "person": given.text("person"),
        "grant": grants[-1].number + 1 if grants else 1,
        "role": given.text("role"),
        "desk": given.text("desk"),
        "unit": given.text("unit"),
        **given.named("until", "for"),
    }
    if given.keys:
        body["keys"] = list(given.keys)
    return _Built(body)


def _ended(given: Given, known: Known) -> _Built:
    body: Fields = {
        "person": _known_person(given, known),
        "grant": _number(given, "grant"),
        "reason": given.text("reason"),
    }
    return _Built(body)


def _since(given: Given) -> Fields:
    return {} if given.since is None else {"since": given.since}


def _left(given: Given, known: Known) -> _Built:
    return _Built({"person": _known_person(given, known), **_since(given)})


def _new_key(given: Given, known: Known) -> tuple[Fields, KeyId]:
    suite, public = given.text("suite"), given.text("public")
    key = key_id(known.party.party, suite, decoded_key(public))
    return {"suite": suite, "public": public}, key


def _enrolled(given: Given, known: Known) -> _Built:
    stated, key = _new_key(given, known)
    body = {"person": _known_person(given, known), **stated, **given.named("rp")}
    return _Built(body, by=key)


def _machine(given: Given, known: Known) -> _Built:
    stated, key = _new_key(given, known)
    role = given.text("role")
    body: Fields = {
        "role": role,
        **stated,
        **given.named("name", "next"),
        **_service(role, given, known),
        "reason": given.text("reason"),
    }
    return _Built(body, by=key if role in SELF_SIGNED else "")


def _service(role: str, given: Given, known: Known) -> Fields:
    """Return owner, desk and kinds of a service; refuse them for another machine."""
    if role != "service":
        unfit = sorted(given.names() & {"owner", "desk", "kinds"})
        if unfit:
            raise Malformed("root-field-unfit", "No service is enrolled.", option=f"--{unfit[0]}")
        return {}
    owner, desk = given.text("owner"), given.text("desk")
    if known.person is None:
        raise NotFound("person-unknown", "No such person holds a function.", person=owner)
    if not given.kinds:
        raise Malformed("root-field-missing", "The act needs this option.", option="--kinds")
    # Refused before the parts sign: the judge would refuse what they signed.
    for kind in given.kinds:
        if kind not in SERVICE_KINDS:
            raise NotAllowed("service-kind", "No service writes this kind.", kind=kind)
    return {"owner": owner, "desk": desk, "kinds": sorted({*given.kinds})}


def _restored(given: Given, known: Known) -> _Built:
    given.text("entry")
    if known.stop is None:
        raise NotFound("entry-unknown", "This entry suspends nobody.", position=given.text("entry"))
    id_, entry = known.stop
    named = entry.body
    target: Fields = {"key": named.key} if named.key else {"person": named.person or ""}
    return _Built({**target, "reason": given.text("reason")}, ref=id_)


def _revoked(given: Given, known: Known) -> _Built:
    if known.key is None:
        raise NotFound("key-unknown", "No such key is enrolled.", key=given.text("key"))
    return _Built({"key": known.key.key, "reason": given.text("reason"), **_since(given)})


def _rotated(given: Given, known: Known) -> _Built:
    if given.roots is None or given.following is None:
        missing = "--roots" if given.roots is None else "--following"
        raise Malformed("root-field-missing", "The act needs this option.", option=missing)
    last = known.party.roots[-1]
    stated = given.roots.followed_by(given.following)
    body: dict[str, Any] = stated.model_dump(mode="json") | {"number": last.number + 1}
    authors = [
        key_id(known.party.party, part.suite, decoded_key(part.public)) for part in stated.keys
    ]
    return _Built(body | _since(given), ref=last.id, authors=authors)


def _log_restored(given: Given, _: Known) -> _Built:
    if given.size is None:
        raise Malformed("root-field-missing", "The act needs this option.", option="--size")
    return _Built({"size": given.size})


def _access_granted(given: Given, known: Known) -> _Built:
    if given.texts.get("key") and given.texts.get("person"):
        raise Malformed("root-field-unfit", "A grant has one reader.", option="--key")
    if bool(given.texts.get("from")) != bool(given.texts.get("to")):
        missing = "--to" if given.texts.get("from") else "--from"
        raise Malformed("root-field-missing", "The act needs this option.", option=missing)
    reader = given.texts.get("key") or _known_person(given, known)
    stated = [given.text(name) for name in ("until", "purpose", "order")]
    # Refused before the parts sign: the node would refuse what they signed.
    if given.texts.get("key") and (known.key is None or known.key.machine != "service"):
        raise NotFound("key-unknown", "No service of our side has this key.", key=reader)
    return _Built(access_body(reader, known.scope, *stated))


def _access_ended(given: Given, known: Known) -> _Built:
    position = given.text("entry")
    if known.access is None:
        raise NotFound("entry-unknown", "This entry grants no access.", position=position)
    return _Built({}, ref=known.access)


_KINDS: Final[Mapping[str, _Kind]] = {
    "role.granted": _Kind(_granted, ("person", "role", "desk", "unit", "until", "for", "keys")),
    "role.ended": _Kind(_ended, ("person", "grant", "reason")),
    "person.left": _Kind(_left, ("person", "since")),
    "key.enrolled": _Kind(_enrolled, ("person", "suite", "public", "rp")),
    "machine.enrolled": _Kind(
        _machine,
        ("role", "suite", "public", "name", "next", "owner", "desk", "kinds", "reason"),
    ),
    "key.restored": _Kind(_restored, ("entry", "reason")),
    "key.revoked": _Kind(_revoked, ("key", "reason", "since")),
    "roots.rotated": _Kind(_rotated, ("roots", "following", "since")),
    "log.restored": _Kind(_log_restored, ("size",)),
    "access.granted": _Kind(
        _access_granted,
        ("person", "key", "thread", "batch", "from", "to", "until", "purpose", "order"),
    ),
    "access.ended": _Kind(_access_ended, ("entry",)),
}
"""Acts of the root in our logs, with the options of each. Access is granted in the private log."""

ACTS: Final = tuple(_KINDS)
