"""What a restore has cost each of our logs, and who signs so that it goes on.

Does not sign: the officials' browsers do, and the holder of the root key by a command.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from special_channel.web.shared.people import Author

SharedState = Literal["whole", "healing", "tail-lost", "waits", "unsigned"]
"""How our shared log stands: nothing missing; being fetched back; its end is in no place; the
other node's copy has to be seen first; nothing is signed for another reason."""


@dataclass(frozen=True, slots=True)
class LostEnd:
    """A log whose end is lost: how many entries were signed, and how many are here.

    Attributes:
        last: When the last entry that is here was accepted; None without one.
    """

    held: int
    signed: int
    last: datetime | None = None

    @property
    def missing(self) -> int:
        """How many entries are not here; 0 where as many others are."""
        return self.signed - self.held


@dataclass(frozen=True, slots=True)
class FirstSignature:
    """What a registrar has signed, and a second person signs next: the same bytes.

    Attributes:
        payload: The exact bytes, as text: canonical JSON.
    """

    entry_id: str
    author: Author
    at: datetime
    payload: str


@dataclass(frozen=True, slots=True)
class RecoveryPage:
    """How both of our logs stand after a restore.

    Attributes:
        shared: What is missing of our shared log; None if nothing is known to be.
        private: The same of the private log.
        reason: The code for which nothing is signed in our shared log; empty if it is.
        body: The body of what a registrar signs for the private log's loss: JSON.
        signed: What a registrar has signed already.
        may_begin: Whether the reader may sign first.
        may_finish: Whether the reader may sign second.
        url: The address of this node, for the commands.
    """

    template: ClassVar[str] = "recovery.html"
    page: ClassVar[str] = "recovery"

    state: SharedState
    shared: LostEnd | None = None
    private: LostEnd | None = None
    reason: str = ""
    body: str = ""
    signed: FirstSignature | None = None
    may_begin: bool = False
    may_finish: bool = False
    url: str = ""
