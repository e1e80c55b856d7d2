"""Runs the nearest tests of random mutants of a package and lists the mutants that survive.

A mutant dies by the first test that fails, or by a timeout. At the end the tests that killed run
once without any mutant: a kill by a test that fails then does not count. `survivors.toml` holds the
reasons of survivors that were reviewed. These count as survivors all the same, but are explained.
"""

from __future__ import annotations

import json
import os
import queue
import re
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from tests.architecture.project import ROOT
from tests.faults.catalogue import SOURCE
from tests.faults.copies import Forker, TestRun, copy_of, run_tests, snapshot
from tests.faults.mutants import Mutant, sample
from tests.faults.nearest import Recording, digest, recorded, test_of

ENOUGH: Final = 0.9
"""Share of mutants that must die."""

_KEPT: Final = ROOT / "var/mutants"
_SURVIVORS: Final = Path(__file__).with_name("survivors.toml")

_FIRST_SECONDS: Final = 3.0
"""Processor time of the tests that run before all others; most mutants die by them."""

_BUDGET_SECONDS: Final = 20.0
"""Processor time that a mutant's tests may take together; servers take about as much again."""

_TEST_SECONDS: Final = 120
"""After which a test that waits for ever is ended, and has failed."""

_SLOWER: Final = 6
"""How much longer than recorded a run may take, next to a start of `_START_SECONDS`."""

_START_SECONDS: Final = 600.0
"""On a busy machine servers take minutes to start; endless loops end with `_TEST_SECONDS`."""

Outcome = Literal["killed", "survived", "void"]


@dataclass(frozen=True, slots=True)
class MutantQuery:
    """What to try.

    Attributes:
        package: Folder or module below `src/special_channel`.
        count: How many mutants.
        seed: Which of them.
        jobs: How many at a time.
        survivors: Try only those that survived last time.
        tests: Test files to record at most; empty for all candidates.
    """

    package: str
    count: int
    seed: int
    jobs: int
    survivors: bool = False
    tests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        key: The mutant.
        state: Digest of the files on which the verdict rests.
        outcome: `void` if the test that killed it fails without it, too, or if a run of tests was
            ended as too long: a busy machine does that as well. An endless loop ends with its test.
        by: The test that killed it, or why none did.
    """

    key: str
    state: str
    outcome: Outcome
    by: str


def run(query: MutantQuery) -> int:
    """Try mutants; return 1 if less than `ENOUGH` of them die, 2 if there is no such package."""
    package = query.package.removeprefix("special_channel").strip("./").replace(".", "/")
    try:
        mutants = sample(ROOT, package, query.count, query.seed)
    except LookupError:
        print(f"There is no package {query.package} below {SOURCE}.")
        return 2
    began = time.monotonic()
    top = package.partition("/")[0]
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        sound = snapshot(Path(folder) / "sound")
        journal = Journal(_KEPT / f"{top}.jsonl", sound)
        recording = recorded(sound, top, _KEPT / f"{top}.json", query.jobs, query.tests)
        if query.survivors:
            mutants = [each for each in mutants if journal.survived(each)]
        verdicts = _tried(sound, mutants, recording, journal, query.jobs)
        verdicts = sound_kills(sound, verdicts, recording)
    return summary(package, mutants, verdicts, time.monotonic() - began)


# ---------------------------------------------------------------- what is known from before


class Journal:
    """Verdicts of earlier runs, one JSON object a line; the last of a mutant counts."""

    def __init__(self, file: Path, root: Path) -> None:
        self._file = file
        self._root = root
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        self._known = {each.key: each for each in (Verdict(**json.loads(line)) for line in lines)}

    def add(self, mutant: Mutant, outcome: Outcome, by: str, tests: Sequence[str]) -> Verdict:
        """Append a verdict.

        Args:
            mutant: What was tried.
            outcome: What became of it.
            by: The test that killed it, or why none did.
            tests: The tests that were near.
        """
        files = [by] if "::" in by else tests
        verdict = Verdict(mutant.key, self._state(mutant, files), outcome, by)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(asdict(verdict), ensure_ascii=False) + "\n")
        return verdict

    def settled(self, mutant: Mutant, tests: Sequence[str]) -> Verdict | None:
        """Return the verdict on a mutant, unless something changed on which it rests.

        A kill rests on the mutant's file and on that of the test; a survival on the files of all
        tests that are near now.
        """
        known = self._known.get(mutant.key)
        if known is None or known.outcome == "void":
            return None
        files = [known.by] if "::" in known.by else tests
        return known if known.state == self._state(mutant, files) else None

    def survived(self, mutant: Mutant) -> bool:
        """Tell whether a mutant survived when it was last tried."""
        known = self._known.get(mutant.key)
        return known is not None and known.outcome == "survived"

    def killer(self, mutant: Mutant) -> str | None:
        """Return the test that killed a mutant when it was last tried."""
        known = self._known.get(mutant.key)
        return known.by if known and known.outcome == "killed" and "::" in known.by else None

    def _state(self, mutant: Mutant, tests: Sequence[str]) -> str:
        files = {SOURCE / mutant.file, *(Path(test.partition("::")[0]) for test in tests)}
        return digest(self._root, sorted(each for each in files if (self._root / each).is_file()))


# ---------------------------------------------------------------- trying


def _tried(
    sound: Path, mutants: Sequence[Mutant], recording: Recording, journal: Journal, jobs: int
) -> dict[str, Verdict]:
    """Try the mutants on which no verdict is known; return all verdicts by key."""
    near = {each.key: recording.nearest(each, _BUDGET_SECONDS) for each in mutants}
    verdicts = {
        each.key: known for each in mutants if (known := journal.settled(each, near[each.key]))
    }
    left = [each for each in mutants if each.key not in verdicts]
    top = left[0].file.partition("/")[0].removesuffix(".py") if left else ""
    if verdicts:
        print(f"{len(verdicts)} mutants are known from an earlier run", flush=True)
    if not left:
        return verdicts
    workers: queue.SimpleQueue[Forker] = queue.SimpleQueue()
    jobs = min(jobs, len(left))

    def one(mutant: Mutant) -> Verdict:
        forker = workers.get()
        try:
            tests = near[mutant.key]
            killer = journal.killer(mutant)
            found = try_mutant(forker, mutant, tests, recording.seconds, killer)
            return journal.add(mutant, *found, tests)
        finally:
            workers.put(forker)

    with ExitStack() as stack, ThreadPoolExecutor(jobs) as pool:
        for number in range(jobs):
            tree = copy_of(sound, sound.parent / f"copy-{number}")
            workers.put(stack.enter_context(closing(Forker(tree, f"special_channel.{top}"))))
        runs = {pool.submit(one, mutant): mutant for mutant in left}
        for finished in as_completed(runs):
            mutant, verdict = runs[finished], finished.result()
            verdicts[mutant.key] = verdict
            print(f"{verdict.outcome:9}{_place(mutant)}  {_change(mutant)}", flush=True)
            print(f"           {verdict.by}", flush=True)
    return verdicts


def try_mutant(
    forker: Forker,
    mutant: Mutant,
    tests: Sequence[str],
    took: dict[str, float],
    killer: str | None = None,
) -> tuple[Outcome, str]:
    """Run a mutant's tests in a copy of the project; the copy is as before afterwards.

    Args:
        forker: Runs them in its copy.
        mutant: The change.
        tests: The nearest tests.
        took: Seconds of each test.
        killer: The test that killed the mutant before.

    Returns:
        The outcome, and the test that killed the mutant or why none did.
    """
    if not tests:
        return "survived", "no recorded test runs it"
    with _applied(forker.root / SOURCE / mutant.file, mutant):
        for batch in batches(tests, took, killer):
            seconds = sum(took[test] for test in batch)
            run_ = forker.run(
                [
                    *("-n", "0", "-p", "no:randomly", "-x"),
                    *("--timeout", str(_TEST_SECONDS), *batch),
                ],
                seconds * _SLOWER + _START_SECONDS,
            )
            if by := killed_by(run_):
                return ("void" if run_.status is None else "killed"), by
    return "survived", f"{len(tests)} tests passed"


def batches(
    tests: Sequence[str], took: dict[str, float], killer: str | None
) -> Iterator[list[str]]:
    """Divide tests: the one that killed the mutant before, some that are quick, the others."""
    left = list(tests)
    if killer in took:
        yield [killer]
        left = [test for test in left if test != killer]
    first: list[str] = []
    seconds = _FIRST_SECONDS
    while left and (not first or (seconds := seconds - took[left[0]]) > 0):
        first.append(left.pop(0))
    yield from (batch for batch in (first, left) if batch)


_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) (tests/\S+?\.py(?:::\w+)?)", re.MULTILINE)
_NONE_FAILED: Final = 0


def killed_by(run_: TestRun) -> str:
    """Return the test that failed, or what ended the run; empty if all tests passed."""
    if run_.status == _NONE_FAILED:
        return ""
    if run_.status is None:
        return "a timeout"
    failed = [test_of(case) for case in run_.cases
              if case.find("failure") is not None or case.find("error") is not None
              if case.get("classname")]  # fmt: skip
    named = failed or _FAILED.findall(run_.output)
    return str(named[0]) if named else f"pytest ended with {run_.status}"


@contextmanager
def _applied(path: Path, mutant: Mutant) -> Iterator[None]:
    source = path.read_bytes()
    before = path.stat()
    try:
        path.write_bytes(mutant.changed(source))
        # Python takes a compiled file for fresh that has its source's size and second.
        os.utime(path, (0, before.st_mtime + 2))
        yield
    finally:
        path.write_bytes(source)
        os.utime(path, (0, before.st_mtime + 4))


def sound_kills(
    sound: Path, verdicts: dict[str, Verdict], recording: Recording
) -> dict[str, Verdict]:
    """Run the tests that killed without any mutant; a kill by one that fails is void."""
    killers = sorted(
        {each.by for each in verdicts.values() if each.outcome == "killed"}
        & recording.seconds.keys()
    )
    if not killers:
        return verdicts
    run_ = run_tests(sound, ["-n", "0", "-p", "no:randomly", *killers])
    passed = {test_of(case) for case in run_.cases if case.find("failure") is None
              and case.find("error") is None}  # fmt: skip
    bad = set(killers) - passed
    for test in sorted(bad):
        print(f"void: {test} fails without any mutant, too", flush=True)
    return {
        key: Verdict(key, each.state, "void", each.by) if each.by in bad else each
        for key, each in verdicts.items()
    }


# ---------------------------------------------------------------- what is told


@dataclass(frozen=True, slots=True)
class Survivor:
    """A survivor that was looked at: the change, and why it may survive."""

    file: str
    inside: str
    before: str
    after: str
    reason: str

    def fits(self, mutant: Mutant) -> bool:
        """Tell whether a mutant makes this change."""
        own = (self.file, self.inside, self.before, self.after)
        return own == (mutant.file, mutant.inside, mutant.before, mutant.after)


def survivors() -> tuple[Survivor, ...]:
    """Read the accepted survivors."""
    raw = tomllib.loads(_SURVIVORS.read_text(encoding="utf-8"))
    return tuple(Survivor(**each) for each in raw.get("survivor", ()))


def summary(
    package: str, mutants: Sequence[Mutant], verdicts: dict[str, Verdict], took: float
) -> int:
    """Print the survivors, those without a reason first, and the share that died."""
    accepted = survivors()
    alive = [each for each in mutants if verdicts[each.key].outcome != "killed"]
    reasons = {each.key: row.reason for each in alive for row in accepted if row.fits(each)}
    open_ = [each for each in alive if each.key not in reasons]
    for heading, listed in (
        ("Survivors without a reason:", open_),
        ("Survivors that no reader sees:", [each for each in alive if each.key in reasons]),
    ):
        if listed:
            print(f"\n{heading}")
        for mutant in listed:
            print(f"{_place(mutant)}  {_change(mutant)}")
            print(f"    {reasons.get(mutant.key) or verdicts[mutant.key].by}")
    killed = len(mutants) - len(alive)
    share = killed / len(mutants) if mutants else 1.0
    print(
        f"\n{killed} of {len(mutants)} mutants of {package} died ({share:.1%}) in {took:.0f} s; "
        f"{len(alive) - len(open_)} survivors have a reason, {len(open_)} have none"
    )
    return 0 if share >= ENOUGH else 1


def _place(mutant: Mutant) -> str:
    return f"{mutant.file}:{mutant.lines[0]} {mutant.inside}".rstrip()


def _change(mutant: Mutant) -> str:
    return f"{_short(mutant.before)}  ->  {_short(mutant.after)}"


def _short(text: str, limit: int = 100) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
