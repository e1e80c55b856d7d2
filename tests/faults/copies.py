"""Copies of the project in which tests run on a changed source. Does not choose tests."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from tests.architecture.project import ROOT, kept_files

_GRACE_SECONDS: Final = 20
"""Time for interrupted tests to stop their servers."""

_START_SECONDS: Final = 300
"""For the process to import other packages: two seconds, and far more on a busy machine."""


def snapshot(root: Path) -> Path:
    """Copy the tracked files in their current state."""
    for path in kept_files():
        to = root / path.relative_to(ROOT)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, to)
    return root


def copy_of(sound: Path, root: Path) -> Path:
    """Copy a snapshot, without compiled files."""
    shutil.copytree(sound, root, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@dataclass(frozen=True, slots=True)
class TestRun:
    """The result of a pytest run.

    Attributes:
        status: Exit status; None if the run took too long and was ended.
        output: What it printed.
        cases: Test cases of its report; empty if it wrote none.
    """

    __test__ = False

    status: int | None
    output: str
    cases: tuple[ET.Element, ...]


def run_tests(root: Path, arguments: Sequence[str]) -> TestRun:
    """Run pytest in a copy, whose source comes before the installed one."""
    with _scratch(arguments) as (report, options):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options],
            cwd=root,
            env=os.environ | {"PYTHONPATH": str(root / "src")},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        return TestRun(done.returncode, done.stdout + done.stderr, _cases(report))


class Forker:
    """Runs pytest in children of one process that has imported other packages already.

    Several threads may share it only one after the other.
    """

    def __init__(self, root: Path, package: str) -> None:
        """Start the process.

        Args:
            root: The copy in which tests will run.
            package: Where its source will change, such as `special_channel.desk`.
        """
        self.root = root
        script = Path(__file__).with_name("forker.py")
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(script), str(root), package],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def run(self, arguments: Sequence[str], seconds: float) -> TestRun:
        """Run pytest in the copy; interrupt it after some seconds, and kill it soon after."""
        with _scratch(arguments) as (report, options):
            output = report.with_name("output")
            order = {"root": str(self.root), "arguments": options, "output": str(output)}
            assert self._process.stdin
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            child = int(self._lines.get(timeout=_START_SECONDS))
            status: int | None
            try:
                status = int(self._lines.get(timeout=seconds))
            except queue.Empty:
                status = None
                self._end(child)
            text = output.read_text("utf-8", "replace") if output.exists() else ""
            return TestRun(status, text, _cases(report))

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._listener.join()
        self._process.communicate()

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.put(line)

    def _end(self, child: int) -> None:
        # Servers that tests started end with the process that started them
        # (`launcher/processes.py`).
        for sign in (signal.SIGINT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, sign)
            with contextlib.suppress(queue.Empty):
                self._lines.get(timeout=_GRACE_SECONDS)
                return


@contextlib.contextmanager
def _scratch(arguments: Sequence[str]) -> Iterator[tuple[Path, list[str]]]:
    """Yield the file of a run's report and the run's arguments."""
    with tempfile.TemporaryDirectory(prefix="t-") as folder:  # short: sockets lie below it
        report = Path(folder) / "report.xml"
        base = ["-q", "-p", "no:cacheprovider", f"--basetemp={folder}/b", f"--junitxml={report}"]
        yield report, [*base, *arguments]


def _cases(report: Path) -> tuple[ET.Element, ...]:
    try:
        return tuple(ET.parse(report).iter("testcase"))  # noqa: S314 - pytest wrote it just now
    except (FileNotFoundError, ET.ParseError):
        return ()
