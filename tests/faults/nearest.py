"""Selects the tests nearest to a mutant: those that ran its lines, the cheapest first.

Candidates are the test files in the package's own folder below `tests`, and those that import the
package, by themselves or through one helper. They run once with coverage contexts. The recording is
a JSON file; only test files that changed are recorded again. Tests of browsers and of killed
processes are excluded, since code that runs in another process has no context.
"""

from __future__ import annotations

import ast
import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from hashlib import sha256
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from coverage import CoverageData

from tests.faults import processor_time
from tests.faults.catalogue import SOURCE
from tests.faults.copies import TestRun, run_tests
from tests.faults.mutants import Mutant, sources
from tests.faults.processor_time import PROPERTY

_LEAST_SECONDS: Final = 0.02
"""Among tests that are quicker than this, only the number of lines that they run counts."""

_AT_ONCE: Final = 12
"""Test files recorded in one run of pytest; an interrupted recording continues after the last."""

_CONFIG: Final = """\
[run]
core = ctrace
data_file = {data}
source_pkgs = special_channel.{package}
"""
"""Other cores of coverage know no contexts."""


@dataclass(slots=True)
class Recording:
    """Lines that tests of a package ran.

    Attributes:
        source: Text of each file of the package as it was recorded, by path.
        files: Digest of each recorded test file, by path.
        seconds: Processor time of each test that passed, by `file::name`.
        lines: Lines that each test ran, by test and file below `src/special_channel`.
        imports: Modules of the project that each test file imports.
        bad: Tests that failed or were skipped; they can kill no mutant.
    """

    source: dict[str, str]
    files: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    imports: dict[str, set[str]] = field(default_factory=dict)
    bad: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, file: Path, source: dict[str, str]) -> Recording:
        """Read a recording and carry its lines over to the source as it is now."""
        try:
            stored = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(source)
        recording = cls(**stored)
        recording.carry_over(source)
        return recording

    def carry_over(self, source: dict[str, str]) -> None:
        """Renumber lines after edits; a new line counts as run by the tests of those around it."""
        for file, text in self.source.items():
            if source.get(file) == text:
                continue
            moved = _moved(text.splitlines(), source.get(file, "").splitlines())
            for lines in self.lines.values():
                if now := {new for line in lines.pop(file, ()) for new in moved.get(line, ())}:
                    lines[file] = sorted(now)
        self.source = source

    def save(self, file: Path) -> None:
        """Write the recording."""
        file.parent.mkdir(parents=True, exist_ok=True)
        stored = {
            "source": self.source, "files": self.files, "seconds": self.seconds,
            "lines": self.lines, "bad": self.bad,
        }  # fmt: skip
        file.write_text(json.dumps(stored), encoding="utf-8")

    def forget(self, file: str) -> None:
        """Remove a test file and its tests."""
        self.files.pop(file, None)
        self.seconds = {test: took for test, took in self.seconds.items() if _file(test) != file}
        self.lines = {test: lines for test, lines in self.lines.items() if _file(test) != file}
        self.bad = [test for test in self.bad if _file(test) != file]

    def nearest(self, mutant: Mutant, budget: float) -> list[str]:
        """Return the tests to run for a mutant, the likeliest to notice it first.

        Those that ran its lines. For lines that run at import, those that ran any line of its file,
        and those whose file imports it: such a test may look at a constant alone. So too if some
        test was the first to import the file and thereby ran these lines. A test that is quicker
        and runs fewer lines of the package comes first.

        Args:
            mutant: The change.
            budget: Seconds that the tests may take together; one test is returned in any case.
        """
        first, last = mutant.lines
        of_file = {test: set(lines[mutant.file]) for test, lines in self.lines.items()
                   if mutant.file in lines}  # fmt: skip
        tests = {test for test, ran in of_file.items() if ran & set(range(first, last + 1))}
        if not tests or _at_import(self.source.get(mutant.file, ""), first):
            tests = {*of_file, *self._importing(mutant.file)}
        ranked = sorted(tests, key=self._cost)
        chosen: list[str] = []
        for test in ranked:
            budget -= self.seconds[test]
            if chosen and budget < 0:
                break
            chosen.append(test)
        return chosen

    def _importing(self, file: str) -> list[str]:
        module = _module(f"special_channel/{file}")
        return [test for test in self.seconds if module in self.imports.get(_file(test), ())]

    def _cost(self, test: str) -> tuple[float, str]:
        breadth = sum(len(lines) for lines in self.lines.get(test, {}).values())
        return max(self.seconds[test], _LEAST_SECONDS) * breadth, test


def recorded(tree: Path, package: str, kept: Path, jobs: int, only: Sequence[str]) -> Recording:
    """Record the candidates of a package that the kept recording lacks.

    Args:
        tree: A copy of the project.
        package: Top-level package; its nouns share a recording.
        kept: The recording's file.
        jobs: How many processes.
        only: Test files to record at most; empty for all candidates.
    """
    recording = Recording.load(
        kept,
        {file: (tree / SOURCE / file).read_text("utf-8") for file in sources(tree, package)},
    )
    candidates = {file: digest(tree, [Path(file)]) for file in only or candidates_of(tree, package)}
    for file in recording.files.keys() - set(_there(tree)):
        recording.forget(file)
    new = [file for file, now in candidates.items() if recording.files.get(file) != now]
    if new:
        print(f"recording {len(new)} test files of {package}", flush=True)
    for start in range(0, len(new), _AT_ONCE):
        files = new[start : start + _AT_ONCE]
        for file in files:
            recording.forget(file)
        _record(tree, package, files, jobs, recording)
        recording.files |= {file: candidates[file] for file in files}
        recording.save(kept)
    recording.imports = {file: _imports(tree / file) for file in recording.files}
    for test in recording.bad:
        print(f"    left out, since it does not pass: {test}", flush=True)
    return recording


def _at_import(text: str, line: int) -> bool:
    """Tell whether a line of a file runs at its import: it is in no function's body."""
    if not text:
        return False
    bodies = [
        range(node.body[0].lineno, (node.body[-1].end_lineno or 0) + 1)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    return all(line not in body for body in bodies)


def _moved(before: Sequence[str], after: Sequence[str]) -> dict[int, range]:
    """Return the line numbers of a text after an edit, by those before it."""
    moved: dict[int, range] = {}
    edits = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for kind, first, last, new_first, new_last in edits:
        if kind == "equal":
            moved |= {first + n + 1: range(new_first + n + 1, new_first + n + 2)
                      for n in range(last - first)}  # fmt: skip
        elif kind == "insert" and first:
            moved[first] = range(moved[first].start, new_last + 1)
        else:
            moved |= dict.fromkeys(range(first + 1, last + 1), range(new_first + 1, new_last + 1))
    return moved


def _record(
    tree: Path, package: str, files: Sequence[str], jobs: int, recording: Recording
) -> None:
    with tempfile.TemporaryDirectory(prefix="r-") as folder:
        data, config = Path(folder) / "data", Path(folder) / "coveragerc"
        config.write_text(_CONFIG.format(data=data, package=package), encoding="utf-8")
        run = run_tests(
            tree,
            [
                *("-n", str(jobs) if jobs > 1 else "0", "-p", "no:randomly"),
                *("-m", "not bench and not browser and not kills"),
                *("-p", processor_time.__name__),
                *("--cov", f"--cov-config={config}", "--cov-context=test", "--cov-report="),
                *files,
            ],
        )
        _note_cases(run, recording)
        if data.exists():
            _note_lines(data, tree / SOURCE, recording)


def _note_cases(run: TestRun, recording: Recording) -> None:
    bad = set(recording.bad)
    for case in run.cases:
        test = test_of(case)
        if any(case.find(word) is not None for word in ("failure", "error")):
            bad.add(test)
        elif case.find("skipped") is None:
            took = recording.seconds.get(test, 0.0)
            recording.seconds[test] = round(took + _seconds(case), 3)
    recording.bad = sorted(bad)
    for test in bad:
        recording.seconds.pop(test, None)


def _seconds(case: ET.Element) -> float:
    """Return the processor time of a test case, or its time on the clock if it has none."""
    noted = case.find(f"./properties/property[@name='{PROPERTY}']")
    return float(case.get("time", 0) if noted is None else noted.get("value", 0))


def _note_lines(data: Path, source: Path, recording: Recording) -> None:
    measured = CoverageData(str(data))
    measured.read()
    for path in measured.measured_files():
        file = str(Path(path).resolve().relative_to(source.resolve()))
        for line, contexts in measured.contexts_by_lineno(path).items():
            for test in {_function(context) for context in contexts} & recording.seconds.keys():
                lines = recording.lines.setdefault(test, {}).setdefault(file, [])
                lines.append(line)


def test_of(case: ET.Element) -> str:
    """Return a test case as `file::name`, without its parameters."""
    module = str(case.get("classname")).replace(".", "/")
    return f"{module}.py::{str(case.get('name')).partition('[')[0]}"


def _function(context: str) -> str:
    """Return the test of a context such as `tests/core/test_leaf.py::test_a_leaf[1]|run`."""
    return context.rpartition("|")[0].partition("[")[0]


def _file(test: str) -> str:
    return test.partition("::")[0]


# ---------------------------------------------------------------- candidates


def candidates_of(root: Path, package: str) -> list[str]:
    """Return the test files to record for a package, as paths below the project."""
    modules = {_module(file): file for file in _there(root)}
    imports = {module: _imports(root / file) for module, file in modules.items()}
    name = f"special_channel.{package}"
    own = f"tests/{package}/"
    return [
        file
        for module, file in sorted(modules.items())
        if Path(file).name.startswith("test_")
        and (file.startswith(own) or _reaches(module, name, imports))
    ]


def _reaches(module: str, package: str, imports: dict[str, set[str]]) -> bool:
    """Tell whether a test file imports a package, itself or through one helper or conftest."""
    parts = module.split(".")
    fixtures = {".".join([*parts[:end], "conftest"]) for end in range(2, len(parts))}
    near = [module, *fixtures & imports.keys()]
    helpers = {name for each in near for name in imports[each] if name in imports}
    return any(
        name == package or name.startswith(f"{package}.")
        for each in (*near, *helpers)
        for name in imports[each]
    )


def _there(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in sorted((root / "tests").rglob("*.py"))]


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def digest(root: Path, files: Iterable[Path]) -> str:
    """Return a digest of files below the project's folder, by name and content."""
    total = sha256()
    for file in files:
        total.update(f"{file}\0".encode())
        total.update(sha256((root / file).read_bytes()).digest())
    return total.hexdigest()
