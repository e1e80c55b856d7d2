"""The table from errors to exit codes.

Does not print. `verify` has codes of its own (docs/formats/bundle.md): 0, 0, 1, 2, 3.
"""

from __future__ import annotations

from typing import Final

from special_channel.core.bytes.errors import (
    BadSignature,
    ChannelError,
    Corrupt,
    Malformed,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    RuleBroken,
    Unavailable,
)

OK: Final = 0
USAGE: Final = 2
"""Exit code of shells, getopt and click for a wrong command line."""

EXITS: Final[tuple[tuple[type[ChannelError], int], ...]] = (
    (Malformed, 3),
    (RuleBroken, 3),
    (BadSignature, 4),
    (NotAllowed, 4),
    (NotFound, 5),
    (Unavailable, 6),
    (OutcomeUnknown, 7),
    (Corrupt, 8),
)

INTERRUPTED: Final = 130
"""128 + SIGINT, as in shells; a stopped server ends with 0."""

PIPE_CLOSED: Final = 141
"""128 + SIGPIPE, as in shells: the reader of the output, such as `head`, left before its end."""


def exit_code(error: ChannelError) -> int:
    """Return the exit code of an error, by the caller's next step."""
    return next((code for kind, code in EXITS if isinstance(error, kind)), 1)
