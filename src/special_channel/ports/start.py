"""By what a node tells at start whether its database and its guard are those that it left.

Does not decide what to do about a difference: `broker/starting.py` does.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Marks:
    """What a restored database or a copied guard does not have in common with the one before.

    Attributes:
        system: The database cluster's system identifier. Another one after `pg_restore` into a
            new cluster, and after `pg_upgrade`.
        timeline: The timeline that the database writes. Another one after recovery to a point in
            time, and after a failover.
        database: The database's oid. Another one after `createdb`.
        heads: The oid of the table of heads. Another one after `pg_restore --clean`.
        inode: The inode of the guard's file of our side's log; 0 if there is no such file.
        born: When that file was made, in seconds since 1970 with fractions; empty where the file
            system does not tell.
    """

    system: str
    timeline: int
    database: int
    heads: int
    inode: int
    born: str

    def differences(self, other: Marks) -> tuple[str, ...]:
        """Return the names of the marks that differ. A time that one lacks is not compared."""
        mine, theirs = asdict(self), asdict(other)
        if not self.born or not other.born:
            del mine["born"]
        return tuple(name for name, value in mine.items() if theirs[name] != value)


@dataclass(frozen=True, slots=True)
class Alone:
    """Somebody's decision that the node signs without having seen the peer's head of our log.

    Attributes:
        by: Who decided.
        reason: Why.
        at: When, `YYYY-MM-DDThh:mm:ssZ`.
        entered: Whether it stands in the private log.
        over: Whether the peer's head was seen since.
    """

    by: str
    reason: str
    at: str
    entered: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True)
class StartNote:
    """What is kept beside the guard.

    Attributes:
        marks: Those with which the node last signed.
        at: When they were noted.
        alone: The decision by which they count, until the peer's head of our log is seen and the
            decision stands in the private log.
    """

    marks: Marks
    at: str
    alone: Alone | None = None


class StartNotes(Protocol):
    """The note beside the guard, and the operator's request to start alone.

    On this machine, outside the database. Any number of this node's processes share it.
    """

    def read(self) -> StartNote | None:
        """Return the note; None if there is none, or if it can't be read."""
        ...

    def write(self, note: StartNote) -> None:
        """Keep a note durably, in place of the one before."""
        ...

    def ask_alone(self, alone: Alone) -> None:
        """Leave a request to start alone."""
        ...

    def asked_alone(self) -> Alone | None:
        """Return the request that was left, and leave it."""
        ...

    def drop_request(self) -> None:
        """Remove the request that was left, if there is one."""
        ...
