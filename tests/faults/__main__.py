"""Puts each fault into a copy of the source and runs its tests there: they must fail.

`./faults` tries all, `./faults 25 32` those of two failure modes. First the tests run without
any fault, and must pass. Nothing in this folder is changed. Exit 1 if a test passes in spite of
its fault, or does not pass without one.

`./faults --mutants 200 --seed 1 desk` instead draws 200 random mutants of a package (another is
`web/priority`) and runs the nearest tests of each. Exit 1 if less than 90 % of the mutants die.
Results are kept in `var/mutants`, so that an interrupted run continues.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, Literal
from xml.etree import ElementTree as ET

from tests.architecture.project import ROOT
from tests.faults import mutation
from tests.faults.catalogue import Fault, modes
from tests.faults.copies import copy_of, run_tests, snapshot
from tests.faults.table import failure_modes

Outcome = Literal["passed", "failed", "error", "not run"]

_SECONDS: Final = 180
"""Time after which a hanging test is ended and counts as failed."""


def main() -> int:
    """Plant the faults that the arguments name."""
    asked = _arguments()
    if asked.mutants:
        return mutation.run(asked.query)
    if asked.table:
        (ROOT / "docs/failure-modes.md").write_text(failure_modes(modes()), encoding="utf-8")
        return 0
    chosen = [
        one
        for mode in modes()
        for one in mode.faults
        if not asked.modes or mode.number in asked.modes
    ]
    if not chosen:
        print("No fault is planted for this failure mode.", file=sys.stderr)
        return 2
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        sound = snapshot(Path(folder) / "sound")
        bad = _without(sound, chosen)
        with ThreadPoolExecutor(asked.jobs) as pool:
            for fault, found in zip(chosen, pool.map(partial(_with, sound), chosen), strict=True):
                print(f"{fault.mode}  {fault.says}", flush=True)
                for test, outcome in found.items():
                    print(f"    {test.partition('::')[2]}: {outcome}", flush=True)
                bad += sum(outcome != "failed" for outcome in found.values())
    took = time.monotonic() - began
    print(f"{len(chosen)} faults in {took:.0f} s; tests that did otherwise than they should: {bad}")
    return 1 if bad else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./faults",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "what", nargs="*", metavar="MODE|PACKAGE", help="numbers of modes, or the mutants' package"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at a time")
    parser.add_argument("--table", action="store_true", help="write docs/failure-modes.md")
    parser.add_argument("--mutants", type=int, metavar="N", help="draw N mutants of a package")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="which N")
    parser.add_argument(
        "--survivors", action="store_true", help="only mutants that survived the last run"
    )
    parser.add_argument(
        "--tests", nargs="+", default=[], metavar="FILE", help="record no other test files"
    )
    asked = parser.parse_args()
    if not asked.mutants:
        if not all(word.isdecimal() for word in asked.what):
            parser.error("a failure mode is a number; a package needs --mutants")
        asked.modes = [int(word) for word in asked.what]
    elif len(asked.what) == 1:
        asked.query = mutation.MutantQuery(
            asked.what[0], asked.mutants, asked.seed, asked.jobs, asked.survivors,
            tuple(asked.tests),
        )  # fmt: skip
    else:
        parser.error("--mutants needs the name of one package, such as desk or web/priority")
    return asked


def _without(sound: Path, chosen: Sequence[Fault]) -> int:
    """Run the tests without a fault; return how many do not pass."""
    tests = sorted({test for fault in chosen for test in fault.breaks})
    bad = {test: got for test, got in _run(sound, tests).items() if got != "passed"}
    for test, outcome in bad.items():
        print(f"    {test} without any fault: {outcome}", flush=True)
    return len(bad)


def _with(sound: Path, fault: Fault) -> dict[str, Outcome]:
    """Run a fault's tests on a copy that has it."""
    with tempfile.TemporaryDirectory(dir=sound.parent) as folder:
        root = copy_of(sound, Path(folder) / "project")
        for edit in fault.edits:
            edit.make(root)
        return _run(root, fault.breaks)


def _run(root: Path, tests: Sequence[str]) -> dict[str, Outcome]:
    """Run a fault's tests on a copy."""
    run = run_tests(root, ["-n", "0", "--timeout", str(_SECONDS), *tests])
    return {test: _outcome(run.cases, test) for test in tests}


def _outcome(cases: Sequence[ET.Element], test: str) -> Outcome:
    """Return a test's outcome; one failed case counts as failed."""
    file, _, name = test.partition("::")
    module = file.removesuffix(".py").replace("/", ".")
    own = [
        case
        for case in cases
        if case.get("classname") == module and str(case.get("name")).partition("[")[0] == name
    ]
    if any(case.find("failure") is not None for case in own):
        return "failed"
    if any(case.find("error") is not None for case in own):
        return "error"
    skipped = any(case.find("skipped") is not None for case in own)
    return "passed" if own and not skipped else "not run"


if __name__ == "__main__":
    sys.exit(main())
