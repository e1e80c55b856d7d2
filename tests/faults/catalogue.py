"""The faults that are put into the source to see tests fail, read from `faults.toml`.

Does not run anything: `__main__.py` does.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

SOURCE: Final = Path("src/special_channel")
_FILE: Final = Path(__file__).with_name("faults.toml")


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of a file: `old` occurs exactly once and is replaced by `new`."""

    file: str
    old: str
    new: str

    def count(self, root: Path) -> int:
        """Count the occurrences of `old` in the file."""
        return (root / SOURCE / self.file).read_text(encoding="utf-8").count(self.old)

    def make(self, root: Path) -> None:
        """Change the file below `root`.

        Raises:
            LookupError: `old` does not stand there exactly once.
        """
        if self.count(root) != 1:
            raise LookupError(self.file)
        path = root / SOURCE / self.file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Fault:
    """A defect that a change could introduce.

    Attributes:
        says: What is wrong then, in plain words.
        breaks: The tests that fail then, `file::name`; each of them.
        edits: What is changed.
    """

    mode: int
    says: str
    breaks: tuple[str, ...]
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Mode:
    """A failure mode of this or of similar systems, by number.

    Attributes:
        number: As docstrings and documents cite it.
        elsewhere: What failed.
        faults: What is put into the source to see tests fail.
        tests: The tests of a mode without a fault, `file::name`.
    """

    number: int
    elsewhere: str
    faults: tuple[Fault, ...]
    tests: tuple[str, ...] = ()


def modes() -> tuple[Mode, ...]:
    """Read all modes and their faults, in order."""
    raw = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(_mode(each) for each in raw["mode"])


def _mode(raw: dict[str, Any]) -> Mode:
    number = raw["number"]
    made = tuple(
        Fault(
            number,
            fault["says"],
            tuple(fault["breaks"]),
            tuple(Edit(**edit) for edit in fault["edit"]),
        )
        for fault in raw.get("fault", ())
    )
    return Mode(number, raw["elsewhere"], made, tuple(raw.get("tests", ())))
