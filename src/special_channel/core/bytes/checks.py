"""Signature checks that begin before their turn, so that other cores can make them meanwhile.

Does not make threads or processes: a caller passes a `Begin` that does. Says nothing about whose
key it is (`judge`) and never refuses: what is not found good here is checked in its turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeAlias, TypeVar

from special_channel.core.bytes import suites
from special_channel.core.bytes.errors import ChannelError

Check: TypeAlias = tuple[str, bytes, bytes, bytes]
"""What `suites.verify` takes: suite, public key, message, signature."""

Answers: TypeAlias = Callable[[], Sequence[bool]]
"""Wait for the answers to a batch; one for each check, in its order."""

Begin: TypeAlias = Callable[[Sequence[Check]], Answers]
"""Begin to check a batch of signatures: true for exactly what `suites.verify` accepts."""

Verify: TypeAlias = Callable[[str, bytes, bytes, bytes], None]
"""`suites.verify`, or what stands in for it."""

WINDOW: Final = 32
"""Entries or notes whose signatures are begun together, 2 to 3 ms of one core. Two windows are held
at a time, so memory stays flat."""

_T = TypeVar("_T")


def is_good(check: Check) -> bool:
    """Tell whether a signature verifies."""
    try:
        suites.verify(*check)
    except ChannelError:
        return False
    return True


def at_once(checks: Sequence[Check]) -> Answers:
    """Check a batch on the caller's thread; a `Begin`."""
    answers = [is_good(check) for check in checks]
    return lambda: answers


class ChecksAhead:
    """Checks begun ahead, and their answers, each for the very bytes that were checked."""

    def __init__(self, begin: Begin = at_once) -> None:
        """Begin without any."""
        self._begin = begin
        # One window is judged while the next is being checked.
        self._batches: deque[_Batch] = deque(maxlen=2)

    def ahead(
        self, items: Iterable[_T], checks_of: Callable[[_T], Iterable[Check]]
    ) -> Iterator[_T]:
        """Yield items in their order, each after the checks of later ones were begun."""
        rest, waiting = iter(items), list[_T]()
        while window := list(islice(rest, WINDOW)):
            # The same signature once: many entries of one commit hold the same note.
            checks = list(dict.fromkeys(check for item in window for check in checks_of(item)))
            if checks:
                self._batches.append(_Batch(checks, self._begin(checks)))
            yield from waiting
            waiting = window
        yield from waiting

    def verify(self, suite: str, public: bytes, message: bytes, signature: bytes) -> None:
        """Check a signature, or take the answer if it was begun; a `Verify`.

        Raises:
            BadSignature, Malformed: As `suites.verify`.
        """
        check = (suite, public, message, signature)
        if not any(batch.is_good(check) for batch in self._batches):
            suites.verify(*check)


class _Batch:
    """A batch of checks, and what was found good of it."""

    def __init__(self, checks: Sequence[Check], answers: Answers) -> None:
        self._checks = frozenset(checks)
        self._in_order = checks
        self._answers = answers
        self._good: frozenset[Check] | None = None

    def is_good(self, check: Check) -> bool:
        """Tell whether it is one of these and was found good; wait for the answers if need be."""
        if check not in self._checks:
            return False
        if self._good is None:
            pairs = zip(self._in_order, self._answers(), strict=True)
            self._good = frozenset(each for each, good in pairs if good)
        return check in self._good
