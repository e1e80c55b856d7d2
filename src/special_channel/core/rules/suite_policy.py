"""Suites of keys with which persons may sign, by role: the charter's `suites` (K24).

Does not verify signatures: `judge.prove` does.
"""

from __future__ import annotations

from special_channel.core.bytes.errors import NotAllowed
from special_channel.core.bytes.ids import Role
from special_channel.core.rows.charter import InForce
from special_channel.core.rows.past import Past
from special_channel.core.rules.judge_context import Candidate, JudgeContext


def allows_suite(charter: InForce | None, role: Role, suite: str) -> bool:
    """Return whether a role may sign with keys of a suite."""
    suites = charter.charter.role_suites(role) if charter is not None else ()
    return not suites or suite in suites


def check_suites(
    candidate: Candidate, charter: InForce | None, past: Past, context: JudgeContext
) -> None:
    """Refuse an entry with a signature of a suite that the signer's functions may not use.

    Of the author, the stated function counts; of another signer, all functions in force. Where a
    function of that signer is asked for, `persons.py` and `signers.released` ask `allows_suite`.

    Raises:
        NotAllowed: `suite-policy`.
    """
    if charter is None or not charter.charter.suites:
        return
    entry = candidate.entry
    for key in sorted(candidate.signed):
        row = context.key(key)
        # A new key that signs its own enrolment has no row and no role yet.
        if row is None or row.standing(past) == "unknown":
            continue
        stated = row.function(entry.grant or 1, past) if key == entry.by else None
        roles = {stated.role} if stated else row.roles(past)
        if roles and not any(allows_suite(charter, role, row.suite) for role in roles):
            raise NotAllowed(
                "suite-policy",
                "The charter allows this role no keys of this suite.",
                key=key,
                suite=row.suite,
            )
