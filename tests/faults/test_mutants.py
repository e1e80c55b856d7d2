"""Mutants: which places change, which tests are nearest, and what counts as a kill."""

from __future__ import annotations

import ast
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.project import ROOT
from tests.faults import mutation
from tests.faults.catalogue import SOURCE
from tests.faults.copies import Forker, TestRun
from tests.faults.mutants import Mutant, mutants_of, sample, sources
from tests.faults.mutation import Journal, batches, killed_by, survivors, try_mutant
from tests.faults.nearest import Recording, candidates_of, recorded


def changes(source: str) -> list[tuple[str, str]]:
    """Before and after of each change of a source."""
    places = mutants_of("toy.py", source.encode())
    return [(each.before, each.after) for place in places for each in place]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", [("a < b", "a <= b"), ("a < b", "a >= b")]),
        ("a == b != c", [("a == b != c", "a != b != c"), ("a == b != c", "a == b == c")]),
        ("a in b", [("a in b", "a not in b")]),
        ("a and b", [("a and b", "(a or b)")]),
        ("not a", [("not a", "(a)")]),
        ("a - b", [("a - b", "(a + b)")]),
        ("'x' + a", [("'x'", "'XXx'")]),
        ("a / 2", [("2", "3"), ("2", "1")]),
        ("0", [("0", "1")]),
        ("-1", [("-1", "(-1 + 1)")]),
        ("1.5", [("1.5", "2.5")]),
        ("True", [("True", "False")]),
        ("None", []),
        ("r'^[a-z]+'", [("r'^[a-z]+'", "r'XX^[a-z]+'")]),
        ("b''", [("b''", "b'XX'")]),
        ("f'a{b}c'", [("f'a{b}c'", "f'XXa{b}c'")]),
        ("a if b else c", [("b", "(not b)")]),
        ("[a for a in b if a]", [("a", "(not a)")]),
    ],
)
def test_expression_is_changed_in_each_place(source, expected):
    assert changes(f"value = {source}") == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f(a)", [("f(a)", "pass")]),
        ("await f(a)", [("await f(a)", "pass")]),
        ("a.b = c", [("a.b = c", "pass")]),
        ("a[b] = c", [("a[b] = c", "pass")]),
        ("a += b", [("a += b", "pass")]),
        ("raise a", [("raise a", "pass")]),
        ("return a", [("return a", "return None")]),
        ("del a[b]", [("del a[b]", "pass")]),
        ("while a: break", [("a", "(not a)"), ("break", "continue")]),
        ("for a in b: continue", [("continue", "break")]),
        ("if a: b()", [("a", "(not a)"), ("b()", "pass")]),
        ("a = b", []),
        ("del a", []),
        ("yield a", []),
    ],
)
def test_statement_is_dropped_or_turned(source, expected):
    assert changes(f"async def function(a, b):\n    {source}\n") == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""A module."""',
        'class A:\n    """A class."""\n    a: int\n    """An attribute."""\n',
        '__all__ = ["a"]',
        'log.warning("a.b", count=1)',
        "def f(a: 'A' = None) -> Literal['b']: ...",
        "@dataclass(frozen=True, slots=True)\nclass A: ...",
        "if TYPE_CHECKING:\n    a = 1\n",
        'if __name__ == "__main__":\n    main(1)\n',
        "class A(Protocol):\n    def f(self) -> int:\n        return f(1)\n",
        "T = TypeVar('T', bound=B)",
        "A = Literal['a', 'b']",
        "a = ConfigDict(frozen=True)",
        "a = zip(b, c, strict=True)",
        "a = Field(description='What it is')",
        "a = Malformed('Numbers have at most 64 characters.')",
        "a = isinstance(b, C | D)",
        "assert_never(a)",
    ],
)
def test_place_without_a_visible_effect_is_not_mutated(source):
    assert changes(source) == []


def test_limit_of_a_field_is_changed_inside_an_annotation():
    source = "class A(Model):\n    a: Annotated[str, Field(max_length=64)] = ''\n"
    assert changes(source) == [("64", "65"), ("64", "63"), ("''", "'XX'")]


def test_every_change_of_a_file_compiles_to_another_program():
    for file in ("desk/lists.py", "web/shared/capitals.py"):
        source = (ROOT / SOURCE / file).read_bytes()
        sound = ast.dump(ast.parse(source))
        for place in mutants_of(file, source):
            for mutant in place:
                changed = mutant.changed(source)
                compile(changed, file, "exec")
                assert ast.dump(ast.parse(changed)) != sound, mutant


def test_sample_is_the_same_for_a_seed_and_draws_each_place_once():
    first = sample(ROOT, "desk", 60, seed=1)
    assert first == sample(ROOT, "desk", 60, seed=1)
    assert first != sample(ROOT, "desk", 60, seed=2)
    assert set(sample(ROOT, "desk", 20, seed=1)) < set(first)
    assert len({each.key for each in first}) == 60
    assert first == sorted(first, key=lambda each: each.file)


def test_sample_of_more_than_there_are_is_every_place():
    places = sum(len(mutants_of(f, (ROOT / SOURCE / f).read_bytes()))
                 for f in sources(ROOT, "desk/bodies"))  # fmt: skip
    assert len(sample(ROOT, "desk/bodies", 10**6, seed=1)) == places > 0


def test_key_of_a_mutant_stays_when_lines_move():
    source = b"def f(a):\n    return a < 1 or a < 1\n"
    keys = [[each.key for each in place] for place in mutants_of("toy.py", source)]
    moved = [[each.key for each in place] for place in mutants_of("toy.py", b"\n\n" + source)]
    assert keys == moved
    assert len({key for place in keys for key in place}) == sum(map(len, keys))


def test_package_that_is_missing_ends_with_status_2(capsys):
    assert mutation.run(mutation.MutantQuery("no.such", 1, 1, 1)) == 2
    assert "no.such" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["desk"], ["--mutants", "1"], ["--mutants", "1", "a", "b"]])
def test_command_names_what_is_missing(arguments):
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "package" in done.stderr


# ---------------------------------------------------------------- the nearest tests


def mutant_at(line: int, file: str = "desk/a.py") -> Mutant:
    return Mutant(file, "f", (line, line), (0, 1), "a", "b")


RECORDING = Recording(
    "",
    seconds={"t.py::page": 2.0, "t.py::unit": 0.01, "t.py::slow": 50.0, "t.py::other": 0.01},
    lines={
        "t.py::page": {"desk/a.py": [1, 2, 3], "desk/b.py": list(range(90))},
        "t.py::unit": {"desk/a.py": [1, 2]},
        "t.py::slow": {"desk/a.py": [1]},
        "t.py::other": {"desk/b.py": [5]},
    },
    imports={"t.py": {"special_channel.desk.c"}},
)


@pytest.mark.parametrize(
    ("line", "budget", "expected"),
    [
        (1, 60, ["t.py::unit", "t.py::slow", "t.py::page"]),
        (2, 60, ["t.py::unit", "t.py::page"]),
        (1, 10, ["t.py::unit"]),
        (3, 0.5, ["t.py::page"]),
        (9, 60, ["t.py::unit", "t.py::slow", "t.py::page"]),
    ],
    ids=["all", "of the line", "within budget", "at least one", "line of import"],
)
def test_nearest_tests_ran_the_line_and_the_cheapest_come_first(line, budget, expected):
    assert RECORDING.nearest(mutant_at(line), budget) == expected


def test_constant_is_near_to_tests_whose_file_imports_its_module():
    mutant = mutant_at(1, "desk/c.py")
    assert set(RECORDING.nearest(mutant, 60)) == RECORDING.seconds.keys()


def test_no_test_is_nearest_to_a_file_that_none_ran(forker, tmp_path):
    mutant = mutant_at(1, "desk/unread.py")
    assert RECORDING.nearest(mutant, 60) == []
    assert try_mutant(forker, tmp_path, mutant, RECORDING) == (
        "survived",
        "no recorded test runs it",
    )


def test_last_killer_runs_first_and_quick_tests_before_slow_ones():
    tests = RECORDING.nearest(mutant_at(1), 60)
    assert list(batches(tests, RECORDING, None)) == [["t.py::unit"], ["t.py::slow", "t.py::page"]]
    assert list(batches(tests, RECORDING, "t.py::page")) == [
        ["t.py::page"], ["t.py::unit"], ["t.py::slow"],
    ]  # fmt: skip
    assert next(iter(batches(tests, RECORDING, "t.py::gone"))) == ["t.py::unit"]


def test_candidates_are_of_the_packages_folder_or_import_it():
    found = candidates_of(ROOT, "desk")
    assert "tests/desk/test_briefs.py" in found
    assert "tests/nodes/test_signin.py" in found, "imports it"
    assert "tests/web/test_inbox.py" in found, "its conftest's helper imports it"
    assert "tests/core/test_merkle.py" not in found


# ---------------------------------------------------------------- in a project of ten lines

TOY = {
    "src/special_channel/__init__.py": "",
    "src/special_channel/toy.py": "LIMIT = 3\n\n\ndef small(n):\n    return n < LIMIT\n\n\n"
    "def loops(n):\n    while n > 0:\n        n = n - 1\n    return n\n",
    "tests/toy/test_toy.py": "import pytest\nfrom special_channel.toy import loops, small\n\n\n"
    "@pytest.mark.parametrize('n', [1, 9])\ndef test_small(n):\n    assert small(n) == (n == 1)\n"
    "\n\ndef test_loops():\n    assert loops(2) == 0\n\n\ndef test_fails():\n    assert loops(0)\n",
    "pytest.ini": "[pytest]\ntimeout = 5\npythonpath = .\n",
}


@pytest.fixture(scope="module")
def forker() -> Iterator[Forker]:
    with contextlib.closing(Forker()) as made:
        yield made


def laid_out(tmp_path: Path) -> Path:
    for name, text in TOY.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def toy(tmp_path_factory) -> Path:
    return laid_out(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def made(toy) -> Recording:
    return recorded(toy, "toy", toy / "kept.json", 1, [])


def mutant_of(toy: Path, before: str, after: str) -> Mutant:
    source = (toy / SOURCE / "toy.py").read_bytes()
    [found] = [each for place in mutants_of("toy.py", source) for each in place
               if (each.before, each.after) == (before, after)]  # fmt: skip
    return found


def test_recording_tells_which_test_ran_which_line(tmp_path, capsys):
    toy = laid_out(tmp_path)
    kept = toy / "kept.json"
    made = recorded(toy, "toy", kept, 1, [])
    small, loops = "tests/toy/test_toy.py::test_small", "tests/toy/test_toy.py::test_loops"
    assert made.lines[small] == {"toy.py": [5]}
    assert set(made.lines[loops]["toy.py"]) == {9, 10, 11}
    assert made.bad == ["tests/toy/test_toy.py::test_fails"]
    assert made.seconds.keys() == {small, loops}
    assert "recording 1 test files" in capsys.readouterr().out
    again = recorded(toy, "toy", kept, 1, [])
    assert again == made
    assert "recording" not in capsys.readouterr().out
    test_file = toy / "tests/toy/test_toy.py"
    test_file.write_text(test_file.read_text("utf-8").replace("test_small", "test_little"), "utf-8")
    changed = recorded(toy, "toy", kept, 1, [])
    assert changed.seconds.keys() == {small.replace("small", "little"), loops}


def test_mutant_dies_by_the_test_that_notices_and_is_undone(forker, toy, made):
    source = (toy / SOURCE / "toy.py").read_bytes()
    tried = {
        (before, after): try_mutant(forker, toy, mutant_of(toy, before, after), made)
        for before, after in (("n < LIMIT", "n >= LIMIT"), ("n < LIMIT", "n <= LIMIT"), ("3", "2"))
    }
    assert tried == {
        ("n < LIMIT", "n >= LIMIT"): ("killed", "tests/toy/test_toy.py::test_small"),
        ("n < LIMIT", "n <= LIMIT"): ("survived", "1 tests passed"),
        ("3", "2"): ("survived", "2 tests passed"),
    }
    assert (toy / SOURCE / "toy.py").read_bytes() == source


def test_mutant_that_never_ends_dies_by_the_timeout_of_its_test(forker, toy, made, monkeypatch):
    monkeypatch.setattr(mutation, "_TEST_SECONDS", 1)
    endless = mutant_of(toy, "n - 1", "(n + 1)")
    assert try_mutant(forker, toy, endless, made) == ("killed", "tests/toy/test_toy.py::test_loops")


def test_mutant_that_breaks_the_import_dies(forker, toy, made):
    broken = Mutant("toy.py", "", (1, 1), (0, 5), "LIMIT", "import no_such_module\nLIMIT")
    outcome, by = try_mutant(forker, toy, broken, made)
    assert (outcome, by) == ("killed", "tests/toy/test_toy.py")


def test_run_that_takes_too_long_is_ended_and_the_next_one_runs(forker, tmp_path):
    toy = laid_out(tmp_path)
    (toy / "tests/toy/test_wait.py").write_text(
        "import threading\n\n\ndef test_wait():\n    threading.Event().wait(600)\n", "utf-8"
    )
    ended = forker.run(toy, ["-n", "0", "--timeout", "600", "tests/toy/test_wait.py"], seconds=8)
    assert ended.status is None
    assert killed_by(ended) == "a timeout"
    small = "tests/toy/test_toy.py::test_small"
    assert killed_by(forker.run(toy, ["-n", "0", small], seconds=60)) == ""
    assert killed_by(TestRun(0, "", ())) == ""
    assert killed_by(TestRun(3, "", ())) == "pytest ended with 3"


def test_kill_by_a_test_that_fails_anyway_does_not_count(toy):
    fails = "tests/toy/test_toy.py::test_fails"
    small = "tests/toy/test_toy.py::test_small"
    known = Recording("", seconds={fails: 0.1, small: 0.1})
    verdicts = {
        "a": mutation.Verdict("a", "", "killed", fails),
        "b": mutation.Verdict("b", "", "killed", small),
    }
    found = mutation.sound_kills(toy, verdicts, known)
    assert {key: each.outcome for key, each in found.items()} == {"a": "void", "b": "killed"}


def test_verdict_counts_until_a_source_or_test_changes(tmp_path):
    file = tmp_path / "journal.jsonl"
    mutant, other = mutant_at(1), mutant_at(1, "desk/b.py")
    Journal(file, "state 1").add(mutant, "survived", "3 tests passed")
    Journal(file, "state 1").add(mutant, "killed", "t.py::unit")
    known = Journal(file, "state 1")
    assert known.settled(mutant) == mutation.Verdict(mutant.key, "state 1", "killed", "t.py::unit")
    assert (known.settled(other), known.killer(other), known.survived(other)) == (None, None, False)
    later = Journal(file, "state 2")
    assert later.settled(mutant) is None
    assert later.killer(mutant) == "t.py::unit"
    assert not later.survived(mutant)


@pytest.mark.parametrize(("alive", "status"), [(0, 0), (1, 0), (2, 1)])
def test_run_fails_when_less_than_nine_of_ten_die(alive, status, capsys):
    drawn = [mutant_at(line, f"desk/{line}.py") for line in range(10)]
    verdicts = {
        each.key: mutation.Verdict(each.key, "", "survived" if n < alive else "killed", "-")
        for n, each in enumerate(drawn)
    }
    assert mutation.summary("desk", drawn, verdicts, 1.0) == status
    assert f"{10 - alive} of 10 mutants of desk died" in capsys.readouterr().out


def test_reason_of_a_survivor_is_of_a_package_that_there_is():
    for each in survivors():
        assert (ROOT / SOURCE / each.file).is_file(), each
        assert len(each.reason) > 20, each
