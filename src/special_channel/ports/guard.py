"""Port of the rollback guard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from special_channel.ports import LogName


class Published(Protocol):
    """The rollback guard: our side's largest checkpoint that may have left the node (rule 20).

    Stored outside the database, and written with fsync before a signed byte leaves the node.
    """

    def read(self, log: LogName) -> tuple[int, bytes] | None:
        """Return (size, root), or None if the guard was never written."""
        ...

    def write(self, log: LogName, size: int, root: bytes) -> None:
        """Store (size, root) durably; ignore sizes smaller than the stored size."""
        ...

    def renew(self, log: LogName, size: int, root: bytes) -> None:
        """Replace the stored value by (size, root) unconditionally."""
        ...

    def give_up(self, log: LogName, size: int, id_: str) -> None:
        """Store that the guard's value is void once entry `id_` is at index `size`."""
        ...

    def given_up(self, log: LogName) -> tuple[int, str] | None:
        """Return (size, id) as stored by `give_up`, or None."""
        ...

    def keep_on(self, log: LogName) -> None:
        """Delete the note of `give_up`."""
        ...
