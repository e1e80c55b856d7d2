"""Which persons sign an act on people together: one table of kinds, and its check (K2 to K4, K27).

Part of step 6 of the judge, after keys, functions and suites. Whether a single person may suspend
a key, and how many, is in `rules/stopping.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from special_channel.core.bytes.errors import BadSignature, NotAllowed
from special_channel.core.bytes.ids import KeyId, PersonId, party_of
from special_channel.core.entries import RoleGranted, SharedEntry
from special_channel.core.rows.charter import InForce, in_force
from special_channel.core.rows.directory import REFUSALS, Grant, KeyRow, PersonRow
from special_channel.core.rows.past import Past
from special_channel.core.rules.judge_context import Candidate, JudgeContext
from special_channel.core.rules.signers import is_rooted
from special_channel.core.rules.signing_keys import new_key
from special_channel.core.rules.state import Rows, person_key
from special_channel.core.rules.suite_policy import allows_suite

LEADERS: Final = frozenset({"registrar", "head", "director"})
"""Roles that take part in acts on people."""


@dataclass(frozen=True, slots=True)
class PersonRule:
    """Persons who sign a kind together.

    Attributes:
        persons: How many different persons, the author among them unless a new key is the author.
        registrar: One of them is a registrar.
        desk: Officials of the desk count, where nothing but a desk's function is given.
        own: What the person acted on may do. `counts`: be one of them, in any role. `alone`: sign
            alone, as author. `refused`: sign nothing. `ignored`: sign, without effect.
        root: The root may sign in place of all of them.
    """

    persons: int = 2
    registrar: bool = False
    desk: bool = False
    own: Literal["counts", "alone", "refused", "ignored"] = "ignored"
    root: bool = True


ACTS: Final[Mapping[str, PersonRule]] = {
    # Acts that give power: two persons, one of them a registrar (K4).
    "role.granted": PersonRule(registrar=True, desk=True, own="refused"),
    "key.enrolled": PersonRule(registrar=True, desk=True, own="counts"),
    "machine.enrolled": PersonRule(registrar=True),
    "charter.adopted": PersonRule(registrar=True, root=False),
    # Acts that end or restore it: two registrars, heads or directors.
    "role.ended": PersonRule(own="alone"),
    "person.left": PersonRule(),
    "key.restored": PersonRule(),
    "key.revoked": PersonRule(own="counts"),
}
"""Kinds that two persons sign, all of them seasoned (K3)."""

_REVIEW: Final = PersonRule()
"""Two leaders who review what is not theirs (K22). Who reviews the own entries signs alone."""


class Signer(NamedTuple):
    """A person's key among the signers, with the functions in which the signature counts."""

    row: KeyRow
    grants: tuple[Grant, ...]


class _Act(NamedTuple):
    """An act on people at its position."""

    entry: SharedEntry
    rule: PersonRule
    past: Past
    context: JudgeContext
    charter: InForce | None
    besides: Collection[PersonId] = ()

    @property
    def subject(self) -> str:
        """The person acted on; empty for a machine and for a charter."""
        return person_acted_on(self.entry, self.context.rows)


def person_acted_on(entry: SharedEntry, rows: Rows) -> str:
    """Return the person whom an act is about; empty for a machine and for a charter."""
    stated = getattr(entry.body, "person", None)
    if stated is not None:
        return str(stated)
    key = getattr(entry.body, "key", None)
    row = rows.get(("key", key)) if key is not None else None
    return row.person if isinstance(row, KeyRow) else ""


def judge_persons(
    candidate: Candidate, charter: InForce | None, past: Past, context: JudgeContext
) -> None:
    """Refuse an act on people without the persons whom its kind needs.

    Raises:
        BadSignature: `persons-missing`, `person-unseasoned`, `root-threshold`.
        NotAllowed: `suite-policy`, `own-grant`.
    """
    entry = candidate.entry
    rule = ACTS.get(entry.kind)
    if rule is None or is_rooted(candidate.signed, past, context):
        return
    act = _Act(entry, rule, past, context, charter)
    author = context.key(entry.by) if new_key(entry) is None else None
    if author is not None and _signs_alone(author, act):
        return
    found = _signers(candidate.signed, act)
    if not _enough(found, act):
        raise BadSignature("persons-missing", "Too few of the persons needed have signed.")
    signers = _judge_suites(found, act)
    if _is_own(signers, act) or not _enough(_by_own_grant(signers, act), act):
        raise NotAllowed("own-grant", "Nobody grants a function to the own person.")
    if not _enough(_seasoned(signers, act), act):
        raise BadSignature(
            "person-unseasoned", "The other side does not know a signer's function or key yet."
        )


def judge_leaders(
    candidate: Candidate,
    charter: InForce | None,
    past: Past,
    context: JudgeContext,
    besides: Collection[PersonId],
) -> None:
    """Refuse an entry that two seasoned registrars, heads or directors have not signed (K22).

    `besides`: persons who are none of the two.

    Raises:
        NotAllowed: `role`, `suite-policy`.
        BadSignature: `person-unseasoned`.
    """
    entry = candidate.entry
    act = _Act(entry, _REVIEW, past, context, charter, besides)
    signers = _signers(candidate.signed, act)
    if not _enough(signers, act):
        raise NotAllowed("role", "Two leaders who are not concerned sign this.", kind=entry.kind)
    if not _enough(_seasoned(_judge_suites(signers, act), act), act):
        raise BadSignature(
            "person-unseasoned", "The other side does not know a signer's function or key yet."
        )


def may_sign_act(
    entry: SharedEntry,
    signed: Collection[KeyId],
    key: KeyRow,
    past: Past,
    context: JudgeContext,
    *,
    besides: Collection[PersonId] = (),
) -> str | None:
    """Return why a key's signature would not bring an act on people nearer; None if it does.

    A review counts as an act that two leaders sign.

    Args:
        entry: The act, unsigned or signed by some of its persons.
        signed: Keys that signed it so far, without the new key of an enrolment.
        key: The key that would sign next: as author if it is the entry's `by`.
        past: The past at which the act would be judged.
        context: Lookups, with the rows of `needs` and `needs_behind`.
        besides: Persons whose signature does not count, such as those in doubt (K22).

    Returns:
        The code of a key not in use; `role` for functions that do not count here; `own-grant`;
        `persons-missing` for a person who signed already, and where only a registrar is still
        missing; `suite-policy`; `person-unseasoned`.
    """
    reviews = entry.kind == "entry.reviewed"
    rule, standing = _REVIEW if reviews else ACTS.get(entry.kind), key.standing(past)
    if rule is None or standing != "active":
        return "role" if rule is None else REFUSALS[standing]
    act = _Act(entry, rule, past, context, in_force(context.charters(), past), besides)
    if key.key == entry.by and _signs_alone(key, act):
        return None
    return _adds_nothing(_signers(signed, act), _signers({key.key}, act), act)


def _adds_nothing(before: list[Signer], added: list[Signer], act: _Act) -> str | None:
    if not added:
        return "role"
    if _is_own(added, act) or not _by_own_grant(added, act):
        return "own-grant"
    suited = _suited(added, act)
    kept = {
        "persons-missing": added,
        "suite-policy": suited,
        "person-unseasoned": _seasoned(suited, act),
    }
    # The functions left must still be those missing, such as a registrar's.
    return next(
        (code for code, left in kept.items() if not left or not _is_nearer(before, left[0], act)),
        None,
    )


def _is_nearer(before: list[Signer], added: Signer, act: _Act) -> bool:
    persons = {signer.row.person for signer in before}
    if added.row.person in persons:
        return False
    last = len(persons) + 1 >= act.rule.persons
    return not (act.rule.registrar and last) or _has_registrar([*before, added])


def _signs_alone(author: KeyRow, act: _Act) -> bool:
    """Return whether the author needs nobody else: the person acted on, or the side's node."""
    # Which machines write a kind at all is in `roles.py`: here a node that ends a grant in time.
    return bool(author.machine) or (act.rule.own == "alone" and author.person == act.subject)


def _signers(signed: Collection[KeyId], act: _Act) -> list[Signer]:
    """Return the persons' keys that count, with the functions in which they do."""
    rows = (act.context.key(key) for key in sorted(signed))
    found = (
        Signer(row, tuple(grant for grant in _functions(row, act) if _counts(row, grant, act)))
        for row in rows
        if row is not None and row.person and row.person not in act.besides
    )
    return [signer for signer in found if signer.grants]


def _functions(row: KeyRow, act: _Act) -> Iterable[Grant]:
    """Return the functions of a signer: of the author the stated one alone (K6)."""
    if row.key != act.entry.by:
        return row.functions(act.past)
    stated = row.function(act.entry.grant or 1, act.past)
    return (stated,) if stated is not None and row.may_use(stated) else ()


def _counts(row: KeyRow, grant: Grant, act: _Act) -> bool:
    if row.person == act.subject and act.rule.own != "refused":
        return act.rule.own == "counts"
    if grant.role in LEADERS:
        return True
    return act.rule.desk and grant.role == "desk" and grant.desk in _desks_given(act)


def _desks_given(act: _Act) -> frozenset[str]:
    """Return the desks whose officials may be second: where only a desk's function is given."""
    entry = act.entry
    if isinstance(entry, RoleGranted):
        return frozenset({entry.body.desk} if entry.body.role == "desk" else ())
    person = act.context.row(person_key(party_of(entry.by), act.subject), PersonRow)
    held = [one for one in person.grants if one.holds(act.past, act.past.party)] if person else []
    if any(grant.role != "desk" for grant in held):
        return frozenset()
    return frozenset(grant.desk for grant in held)


def _enough(signers: list[Signer], act: _Act) -> bool:
    author_counts = new_key(act.entry) is not None or any(
        signer.row.key == act.entry.by for signer in signers
    )
    persons = {signer.row.person for signer in signers}
    registrar = not act.rule.registrar or _has_registrar(signers)
    return author_counts and len(persons) >= act.rule.persons and registrar


def _has_registrar(signers: Iterable[Signer]) -> bool:
    return any(grant.role == "registrar" for signer in signers for grant in signer.grants)


def _is_own(signers: list[Signer], act: _Act) -> bool:
    """Return whether a person signs a grant to the own person."""
    return act.rule.own == "refused" and any(one.row.person == act.subject for one in signers)


def _by_own_grant(signers: list[Signer], act: _Act) -> list[Signer]:
    """Leave out functions of stand-ins where the act makes a stand-in (K27)."""
    entry = act.entry
    if not isinstance(entry, RoleGranted) or entry.body.absent is None:
        return signers
    return _with(signers, lambda _, grant: not grant.absent)


def _suited(signers: list[Signer], act: _Act) -> list[Signer]:
    """Leave out functions in which the charter allows no keys of the signer's suite (K24)."""
    return _with(signers, lambda row, grant: allows_suite(act.charter, grant.role, row.suite))


def _judge_suites(signers: list[Signer], act: _Act) -> list[Signer]:
    """Return the signers with the functions that their suites admit; they must still suffice."""
    suited = _suited(signers, act)
    if not _enough(suited, act):
        row = next(one.row for one in signers if one not in suited)
        raise NotAllowed(
            "suite-policy",
            "The charter allows a role needed no keys of this suite.",
            key=row.key,
            suite=row.suite,
        )
    return suited


def _seasoned(signers: list[Signer], act: _Act) -> list[Signer]:
    """Leave out functions and keys that the other side does not know yet (K3)."""

    def known(row: KeyRow, grant: Grant) -> bool:
        return (row.rooted or row.enrolled < act.context.answered) and (
            grant.rooted or grant.start < act.context.answered
        )

    return _with(signers, known)


def _with(signers: list[Signer], keeps: Callable[[KeyRow, Grant], bool]) -> list[Signer]:
    kept = (
        Signer(row, tuple(grant for grant in grants if keeps(row, grant)))
        for row, grants in signers
    )
    return [signer for signer in kept if signer.grants]
