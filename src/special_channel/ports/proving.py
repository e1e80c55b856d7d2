"""Port of another pair of hands for signatures, beside the process that asks.

Does not judge: whoever asks says what a signature that holds means.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from special_channel.core.judge import Check


class Verifying(Protocol):
    """Verifies signatures elsewhere. Called by one task at a time; nothing depends on it."""

    async def verify(self, checks: Sequence[Check]) -> Sequence[bool] | None:
        """Tell of each check whether it holds; None: there is nobody to ask, do it yourself.

        Only what holds is believed: the caller verifies again what is said not to, for the
        reason. Never raises for what the other does or does not.
        """
        ...
