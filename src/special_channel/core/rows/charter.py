"""The charter that both parties adopt: parties, roles, release rules, calendars, limits.

Does not read files: `desk` builds the document from `config/charter/*.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.fields import Count, Marking, Name, Version, Word
from special_channel.core.bytes.ids import PARTIES, Digest, Origin, Party
from special_channel.core.entries import CharterAdopted, Model, Role
from special_channel.core.rows.charter_calendars import CharterCalendar
from special_channel.core.rows.charter_keys import Client, RoleSuites, distinct
from special_channel.core.rows.past import Past, Placed

SUPPORTED_RULES: frozenset[int] = frozenset({1})
"""The `rules` numbers that this program can judge by (rule 19)."""


class CharterParty(Model):
    """A party: names, and the origin of its shared log."""

    party: Party
    origin: Origin
    name_en: Name
    name_zh: Name
    short_en: Name
    short_zh: Name


class Desk(Model):
    """An office unit with a title in both languages."""

    desk: Word
    party: Party
    title_en: Name
    title_zh: Name


ASKS: Final = "asks"
"""Kind in a release rule for notes with questions; replaces the rule for other notes."""


class Release(Model):
    """Release rule: a kind that needs a second official's signature, and the roles allowed.

    `kind`: a kind of entry, or `asks` for notes with questions.
    """

    kind: Name
    roles: Annotated[tuple[Role, ...], Field(min_length=1, max_length=8)]


Share = Annotated[int, Field(ge=1, le=99)]
"""Per cent of the time from the question to its due time."""

Urgency = Literal["normal", "urgent", "line_stop"]


class ReplyRule(Model):
    """Count of a question's due time: close of business of the n-th working day.

    `seconds`: replaces working days in a demonstration.
    `warnings`: shares of the time at which the answering side's node warns its own desk.
    `urgency`: for `line_stop`, alerts also go to the charter's duty desks during long closures.
    `breaks_through`: alerts don't wait for the recipient's office hours.
    `stops`: events that end the waiting; fixed by rule 13, stated for readers of the charter.
    `suspends`: whether both sides may agree to suspend the clock (`deadline.moved`, basis
    `suspended`), the only way to suspend a clock.
    """

    rule: Word
    working_days: Annotated[int, Field(ge=0, le=250)] = 0
    seconds: Annotated[int, Field(ge=0, le=86_400)] = 0
    count: Literal["answering", "both"]
    title_en: Name = ""
    title_zh: Name = ""
    warnings: Annotated[tuple[Share, ...], Field(max_length=5)] = ()
    urgency: Urgency = "normal"
    breaks_through: bool = False
    stops: tuple[Literal["answered"], Literal["withdrawn"], Literal["closed"]] = (
        "answered",
        "withdrawn",
        "closed",
    )
    suspends: Literal["agreement", "never"] = "agreement"

    @field_validator("warnings")
    @classmethod
    def _rising(cls, shares: tuple[int, ...]) -> tuple[int, ...]:
        if list(shares) != sorted(set(shares)):
            raise ValueError("shares rise")
        return shares

    @model_validator(mode="after")
    def _counts_one_thing(self) -> Self:
        if (self.working_days > 0) == (self.seconds > 0):
            raise ValueError("a rule counts working days or seconds")
        return self


class Level(Model):
    """A level of meetings, with its title in both languages. Never a person's name."""

    level: Word
    title_en: Name
    title_zh: Name


STANDARD_LEVELS: tuple[Level, ...] = (
    Level(level="working", title_en="Working level", title_zh="工作层"),
    Level(level="directors", title_en="Directors’ level", title_zh="司局级"),
    Level(level="ministers", title_en="Ministerial level", title_zh="部级"),
)
"""Levels of a charter without levels. Part of rules 1, so fixed."""

Effect = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""One paragraph on the legal effect of entries."""


class DutyDesk(Model):
    """Desk to alert about a line stop during a side's long closures (值班).

    `closure_days`: number of consecutive dates without work in a long closure. Other alerts, and a
    line stop on an ordinary weekend, wait for the working day, unless the rule breaks through.
    """

    party: Party
    desk: Word
    closure_days: Annotated[int, Field(ge=3, le=31)]


class OfficeHours(Model):
    """A party's office hours, in minutes after midnight in `zone`."""

    party: Party
    zone: Name
    opens: Annotated[int, Field(ge=0, le=1439)]
    closes: Annotated[int, Field(ge=1, le=1440)]


CLOSING_DAY: Final = 25 * 3600
"""Maximum of seconds from midnight to close of business; 25 hours for a change of clocks."""


class Limits(Model):
    """Limits for both sides.

    `minimum_notice_working_days`: the answering side's working days between delivery and due time;
    `minimum_notice_seconds` applies to a due time counted in seconds, or without such days.
    `cooling_seconds`: time before a new registrar, head or director signs acts on people.
    """

    file_bytes: Count
    minimum_notice_seconds: Annotated[int, Field(ge=1, le=1_000_000)]
    minimum_notice_working_days: Annotated[int, Field(ge=0, le=1)] = 0
    cooling_seconds: Annotated[int, Field(ge=0, le=2_678_400)] = 86_400


class Threshold(Model):
    """Agreed target of a figure: per cent for a share, days for a time."""

    name: Word
    value: Annotated[int, Field(ge=0, le=1000)]


class AgreedFigures(Model):
    """Definitions and targets of figures. Before adoption, each side sees its own figures alone.

    Names are free words: a charter may adopt figures that only a later program counts.
    """

    definitions: Word
    thresholds: Annotated[tuple[Threshold, ...], Field(min_length=1, max_length=20)]

    def threshold(self, name: str) -> int | None:
        """Look up the target of a figure; None if not agreed."""
        return next((each.value for each in self.thresholds if each.name == name), None)


class Charter(Model):
    """The charter document. Both sides adopt the same bytes under the same number."""

    v: Version
    number: Annotated[int, Field(ge=1)]
    rules: Annotated[int, Field(ge=1)]
    parties: Annotated[tuple[CharterParty, ...], Field(min_length=2, max_length=2)]
    desks: Annotated[tuple[Desk, ...], Field(min_length=1, max_length=100)]
    release: Annotated[tuple[Release, ...], Field(max_length=50)]
    reply_rules: Annotated[tuple[ReplyRule, ...], Field(max_length=50)]
    calendars: Annotated[tuple[CharterCalendar, ...], Field(max_length=2)]
    office_hours: Annotated[tuple[OfficeHours, ...], Field(max_length=2)]
    markings: Annotated[tuple[Marking, ...], Field(max_length=20)]
    columns: Annotated[tuple[Word, ...], Field(max_length=50)]
    limits: Limits
    standing_en: Name
    standing_zh: Name
    effect_en: Effect
    effect_zh: Effect
    duty: Annotated[tuple[DutyDesk, ...], Field(max_length=2)] = ()
    figures: AgreedFigures | None = None
    levels: Annotated[tuple[Level, ...], Field(min_length=1, max_length=10)] = STANDARD_LEVELS
    demonstration: bool = False
    client: Client | None = None
    suites: Annotated[tuple[RoleSuites, ...], Field(max_length=5)] = ()

    @field_validator("suites")
    @classmethod
    def _name_each_role_once(cls, suites: tuple[RoleSuites, ...]) -> tuple[RoleSuites, ...]:
        distinct([each.role for each in suites])
        return suites

    @model_validator(mode="after")
    def _local_clients_are_for_demonstrations(self) -> Self:
        if self.client and self.client.is_local and not self.demonstration:
            raise ValueError("only a demonstration signs without TLS")
        return self

    @model_validator(mode="after")
    def _seconds_are_for_demonstrations(self) -> Self:
        counted = [rule.seconds for rule in self.reply_rules if rule.seconds]
        if counted and not self.demonstration:
            raise ValueError("only a demonstration counts seconds")
        # Otherwise every recount for late delivery would again leave too little notice.
        if counted and min(counted) <= self.limits.minimum_notice_seconds:
            raise ValueError("a rule's seconds are more than the minimum notice")
        return self

    @model_validator(mode="after")
    def _duty_desks_exist(self) -> Self:
        for duty in self.duty:
            if self.desk(duty.party, duty.desk) is None:
                raise ValueError("a duty desk is none of the desks")
        return self

    def reply_rule(self, name: str) -> ReplyRule | None:
        """Look up a reply rule by name."""
        return next((rule for rule in self.reply_rules if rule.rule == name), None)

    def calendar(self, party: Party) -> CharterCalendar | None:
        """Look up a party's adopted calendar."""
        return next((each for each in self.calendars if each.party == party), None)

    def duty_desk(self, party: Party) -> DutyDesk | None:
        """Look up a party's duty desk; None if not agreed."""
        return next((duty for duty in self.duty if duty.party == party), None)

    def client_origins(self, party: Party) -> tuple[str, ...]:
        """Return the origins at which a side's officials sign; empty if none are listed."""
        return self.client.origins(party) if self.client else ()

    def role_suites(self, role: str) -> tuple[str, ...]:
        """Return the suites with which a role may sign; empty for all."""
        return next((each.suites for each in self.suites if each.role == role), ())

    def desk(self, party: Party, name: str) -> Desk | None:
        """Look up a party's desk by name."""
        return next((desk for desk in self.desks if (desk.party, desk.desk) == (party, name)), None)


@lru_cache(maxsize=64)
def parse(document: bytes) -> Charter:
    """Parse a charter from canonical bytes.

    Raises:
        Malformed: `charter-malformed`, or a code of `canonical.loads`.
    """
    canonical.loads(document, max_bytes=1024 * 1024)
    try:
        return Charter.model_validate_json(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        field = ".".join(str(step) for step in first["loc"])[:120]
        raise Malformed(
            "charter-malformed", "The charter does not fit its schema.", field=field
        ) from None


@dataclass(frozen=True, slots=True)
class AdoptionFact:
    """One party's adoption of a charter number."""

    party: Party
    index: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class CharterRow:
    """Adoptions under one charter number, with the canonical documents by digest."""

    number: int
    adoptions: tuple[AdoptionFact, ...] = ()
    documents: tuple[tuple[Digest, str], ...] = ()

    def digest_in(self, past: Past) -> Digest | None:
        """Return the digest that both parties adopted in a past; None if they differ."""
        digests = {fact.party: fact.digest for fact in self.adoptions if past.holds(fact)}
        first, second = map(digests.get, PARTIES)
        return first if first == second else None

    def document(self, digest: Digest) -> str:
        """Look up the canonical text of a document by digest."""
        return next(text for key, text in self.documents if key == digest)


@dataclass(frozen=True, slots=True)
class InForce:
    """A charter in force, parsed."""

    number: int
    digest: Digest
    charter: Charter


def in_force(rows: tuple[CharterRow, ...], past: Past) -> InForce | None:
    """Return the charter in force in a past: the highest number that both parties adopted."""
    for row in sorted(rows, key=attrgetter("number"), reverse=True):
        digest = row.digest_in(past)
        if digest is not None:
            return _in_force(row.number, digest, row.document(digest))
    return None


# Cached: few charters serve all entries. The key is the row's text, which has its hash cached.
@lru_cache(maxsize=64)
def _in_force(number: int, digest: Digest, text: str) -> InForce:
    return InForce(number, digest, _parsed(text))


def charter_of(rows: tuple[CharterRow, ...], digest: str) -> Charter | None:
    """Look up an adopted charter by digest, in force or earlier; None if unknown."""
    for row in rows:
        if digest in dict(row.documents):
            return _parsed(row.document(digest))
    return None


# Cached by the row's text, to avoid an encoding and a hash for each entry.
@lru_cache(maxsize=64)
def _parsed(text: str) -> Charter:
    return parse(text.encode())


def adopted(
    row: CharterRow | None, placed: Placed, entry: CharterAdopted, document: bytes
) -> CharterRow:
    """Add a party's adoption of a document."""
    # Sorted by party, so that the order of arrival does not matter.
    row = row or CharterRow(entry.body.number)
    fact = AdoptionFact(placed.position.party, placed.position.index, entry.body.digest)
    adoptions = tuple(sorted((*row.adoptions, fact), key=lambda fact: (fact.party, fact.index)))
    documents = dict(row.documents) | {entry.body.digest: document.decode()}
    return replace(row, adoptions=adoptions, documents=tuple(sorted(documents.items())))
