"""Results of a pure function are kept for equal arguments, a few of them."""

from __future__ import annotations

from special_channel.desk.last_results import MOST, LastResults


class Doubled:
    """Doubles numbers, and notes for which it worked."""

    def __init__(self) -> None:
        self.made: list[int] = []
        self._last = LastResults[int]()

    def of(self, number: int) -> int:
        def make() -> int:
            self.made.append(number)
            return 2 * number

        return self._last.of(([number], "record"), make)


def test_a_result_is_made_once_for_equal_arguments() -> None:
    doubled = Doubled()
    assert [doubled.of(number) for number in (1, 1, 2, 1)] == [2, 2, 4, 2]
    assert doubled.made == [1, 2]


def test_few_results_are_kept() -> None:
    doubled = Doubled()
    for number in range(MOST + 1):
        doubled.of(number)
    doubled.of(MOST)
    assert doubled.made == [*range(MOST + 1)]
    doubled.of(0)
    assert doubled.made[-1] == 0, "the oldest was forgotten"
