"""Makes `docs/failure-modes.md` from `faults.toml`; `./faults --table` writes it.

Does not say whether the tests fail: `./faults` sees to that.
"""

from __future__ import annotations

from typing import Final

from tests.faults.catalogue import Fault, Mode

_HEAD: Final = """\
# Failure modes

How such systems fail, and the tests that fail when it is so here. Modes up to 35 are failures of
the nearest systems, with the numbers of a study of them (messaging gateways, federated chat,
ticket systems); modes from 41 on are promises that did not hold in this one, or could be lost. Code
and tests cite a mode by its number. The page is made from `tests/faults/faults.toml` by
`./faults --table`.

## With a planted fault

`./faults` puts one fault after the other into a copy of the source and runs its tests there: each
must fail. `./faults 25 32` does so for two modes. `tests/architecture/test_documents.py` checks
that each fault can still be put in.

| mode | what failed elsewhere | the fault put in | the tests that fail |
|---|---|---|---|
"""


_TESTED: Final = """
## Held by tests

Modes that code or tests cite and that have no planted fault.

| mode | what failed elsewhere | the tests |
|---|---|---|
"""


def failure_modes(modes: tuple[Mode, ...]) -> str:
    """Write the page."""
    rows = [_row(mode, fault) for mode in modes for fault in mode.faults]
    tested = [
        f"| {mode.number} | {mode.elsewhere} | {_names(mode.tests)} |"
        for mode in modes
        if not mode.faults
    ]
    return (
        _HEAD
        + "".join(f"{row}\n" for row in rows)
        + _TESTED
        + "".join(f"{row}\n" for row in tested)
    )


def _row(mode: Mode, fault: Fault) -> str:
    return f"| {mode.number} | {mode.elsewhere} | {fault.says} | {_names(fault.breaks)} |"


def _names(tests: tuple[str, ...]) -> str:
    return ", ".join(f"`{test}`" for test in tests)
