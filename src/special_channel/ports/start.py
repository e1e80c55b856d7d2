"""What the check at start compares: whether database and guard are the same as before.

Does not decide what to do about a difference: `broker/starting.py` does.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Marks:
    """Identifiers that change when a database is restored or a guard is copied.

    Attributes:
        system: The database cluster's system identifier. Changes with `pg_restore` into a new
            cluster, and with `pg_upgrade`.
        timeline: The database's timeline. Changes with point-in-time recovery and failover.
        database: The database's oid. Changes with `createdb`.
        heads: The oid of the table of heads. Changes with `pg_restore --clean`.
        inode: The inode of the guard's file for our side's log; 0 if the file is missing.
        born: When the guard's file was created, in seconds since 1970 with fractions; empty if the
            file system has no birth times.
    """

    system: str
    timeline: int
    database: int
    heads: int
    inode: int
    born: str

    def differences(self, other: Marks) -> tuple[str, ...]:
        """Return the names of the marks that differ; skip `born` if empty on either side."""
        mine, theirs = asdict(self), asdict(other)
        if not self.born or not other.born:
            del mine["born"]
        return tuple(name for name, value in mine.items() if theirs[name] != value)


@dataclass(frozen=True, slots=True)
class AloneDecision:
    """An operator's decision that the node signs without the peer's head of our side's log.

    Attributes:
        by: Name of the operator.
        reason: The reason given.
        at: Time of the decision, `YYYY-MM-DDThh:mm:ssZ`.
        entered: Whether the decision is in the private log.
        over: Whether the peer's head was received since.
    """

    by: str
    reason: str
    at: str
    entered: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True)
class StartNote:
    """The note stored next to the guard.

    Attributes:
        marks: Marks at the node's last signature.
        at: When the marks were stored.
        alone: The decision that allowed signing with these marks, until the peer's head of our
            side's log was received and the decision is in the private log.
    """

    marks: Marks
    at: str
    alone: AloneDecision | None = None
