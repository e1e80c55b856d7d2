"""Puts each fault into a copy of the source and runs its tests there: they must fail.

`./faults` tries all, `./faults 25 32` those of two failure modes. First the tests run without
any fault, and must pass. Nothing in this folder is changed. Exit 1 if a test passes in spite of
its fault, or does not pass without one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, Literal
from xml.etree import ElementTree as ET

from tests.architecture.project import ROOT, kept_files
from tests.faults.catalogue import Fault, modes
from tests.faults.table import failure_modes

Outcome = Literal["passed", "failed", "error", "not run"]

_SECONDS: Final = 180
"""After which a test that waits for ever is ended, and has failed."""


def main() -> int:
    """Try the faults that were asked for."""
    asked = _arguments()
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
        sound = _snapshot(Path(folder) / "sound")
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
    parser = argparse.ArgumentParser(prog="./faults", description=__doc__)
    parser.add_argument("modes", nargs="*", type=int, metavar="MODE", help="number of a mode")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at a time")
    parser.add_argument("--table", action="store_true", help="write docs/failure-modes.md")
    return parser.parse_args()


def _snapshot(root: Path) -> Path:
    """Copy the files that git keeps, as they are now."""
    for path in kept_files():
        to = root / path.relative_to(ROOT)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, to)
    return root


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
        root = Path(folder) / "project"
        shutil.copytree(sound, root, ignore=shutil.ignore_patterns("__pycache__"))
        for edit in fault.edits:
            edit.make(root)
        return _run(root, fault.breaks)


def _run(root: Path, tests: Sequence[str]) -> dict[str, Outcome]:
    """Run tests on a copy, whose source comes before the installed one."""
    with tempfile.TemporaryDirectory(prefix="t-") as scratch:  # short: sockets lie below it
        said = Path(scratch) / "said.xml"
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"),
                *("--timeout", str(_SECONDS), f"--basetemp={scratch}/b", f"--junitxml={said}"),
                *tests,
            ],
            cwd=root,
            env=os.environ | {"PYTHONPATH": str(root / "src")},
            capture_output=True,
            check=False,
        )
        return {test: _outcome(said, test) for test in tests}


def _outcome(said: Path, test: str) -> Outcome:
    """Tell what became of a test; of its cases one that failed is enough."""
    if not said.exists():
        return "not run"
    file, _, name = test.partition("::")
    module = file.removesuffix(".py").replace("/", ".")
    cases = [
        case
        for case in ET.parse(said).iter("testcase")  # noqa: S314 - pytest wrote it just now
        if case.get("classname") == module and str(case.get("name")).partition("[")[0] == name
    ]
    if any(case.find("failure") is not None for case in cases):
        return "failed"
    if any(case.find("error") is not None for case in cases):
        return "error"
    skipped = any(case.find("skipped") is not None for case in cases)
    return "passed" if cases and not skipped else "not run"


if __name__ == "__main__":
    sys.exit(main())
