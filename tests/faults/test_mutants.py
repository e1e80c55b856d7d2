"""Mutants: which places change, which tests are nearest, and what counts as a kill."""

from __future__ import annotations

import ast
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.architecture.project import ROOT
from tests.faults import mutation, processor_time
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
        "SWEEP_SECONDS: Final = 3600.0",
        "class A:\n    timeout: int = 5\n",
        "a = timedelta(seconds=5)",
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


def test_sample_counts_a_line_once_before_any_twice(tmp_path):
    file = tmp_path / SOURCE / "toy.py"
    file.parent.mkdir(parents=True)
    table = "A = {'a': 1, 'b': 2, 'c': 3}"
    short = [f"B{number} = {number}" for number in range(9)]
    file.write_text("\n".join([table, *short]), "utf-8")
    for seed in range(20):
        drawn = sample(tmp_path, "toy", 10, seed)
        assert [each.lines[0] for each in drawn] == list(range(1, 11))
    assert [each.lines[0] for each in sample(tmp_path, "toy", 12, 1)][:3] == [1, 1, 1]
    assert len({sample(tmp_path, "toy", 10, seed)[0].before for seed in range(40)}) == 6


def test_edit_changes_the_sample_of_its_lines_alone(tmp_path):
    file = tmp_path / SOURCE / "toy.py"
    file.parent.mkdir(parents=True)
    lines = [f"A{number} = B{number} < {number}" for number in range(100)]
    file.write_text("\n".join(lines), "utf-8")
    before = {each.key for each in sample(tmp_path, "toy", 50, 1)}
    lines[3:5] = ["C = D", "E = F"]
    file.write_text("\n".join(lines), "utf-8")
    assert len(before & {each.key for each in sample(tmp_path, "toy", 50, 1)}) >= 48


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
    {},
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


@pytest.mark.parametrize(
    ("line", "expected"),
    [(1, {"slow", "unit"}), (3, {"unit"}), (5, {"slow", "unit"}), (6, {"slow", "unit"}),
     (7, {"slow"})],
    ids=["constant", "function", "field", "default of an argument", "coroutine"],
)  # fmt: skip
def test_line_of_import_is_near_to_all_though_one_test_was_the_first_to_import(line, expected):
    source = "A = 1\ndef f():\n    return 2\nclass B:\n    c = 3\nasync def d(e=4):\n    return 5\n"
    made = Recording(
        {"desk/a.py": source},
        seconds={"t.py::unit": 0.01, "t.py::slow": 0.01},
        lines={"t.py::unit": {"desk/a.py": [1, 3, 5, 6]}, "t.py::slow": {"desk/a.py": [7]}},
    )
    near = made.nearest(mutant_at(line), 60)
    assert {test.partition("::")[2] for test in near} == expected


def test_recording_follows_lines_that_move():
    made = Recording({"a.py": "a\nb\nc\nd\n", "b.py": "x\n"})
    made.lines = {"t.py::t": {"a.py": [1, 3, 4], "b.py": [1]}, "t.py::u": {"a.py": [2]}}
    made.carry_over({"a.py": "new\na\nb\nmore\nc!\nd\n"})
    assert made.lines == {"t.py::t": {"a.py": [2, 4, 5, 6]}, "t.py::u": {"a.py": [3]}}
    made.carry_over({"a.py": "a\nb\nb2\nmore\nc!\nd\n"})
    assert made.lines["t.py::u"] == {"a.py": [2, 3]}


def test_no_test_is_nearest_to_a_file_that_none_ran(forker):
    mutant = mutant_at(1, "desk/unread.py")
    assert RECORDING.nearest(mutant, 60) == []
    assert try_mutant(forker, mutant, [], RECORDING.seconds) == (
        "survived",
        "no recorded test runs it",
    )


def test_last_killer_runs_first_and_quick_tests_before_slow_ones():
    tests = RECORDING.nearest(mutant_at(1), 60)
    assert list(batches(tests, RECORDING.seconds, None)) == [
        ["t.py::unit"],
        ["t.py::slow", "t.py::page"],
    ]
    assert list(batches(tests, RECORDING.seconds, "t.py::page")) == [
        ["t.py::page"], ["t.py::unit"], ["t.py::slow"],
    ]  # fmt: skip
    assert next(iter(batches(tests, RECORDING.seconds, "t.py::gone"))) == ["t.py::unit"]


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
    "tests/faults/processor_time.py": Path(processor_time.__file__).read_text("utf-8"),
    "pytest.ini": "[pytest]\ntimeout = 5\npythonpath = .\n",
}


@pytest.fixture(scope="module")
def forker(toy) -> Iterator[Forker]:
    with contextlib.closing(Forker(toy, "special_channel.toy")) as made:
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


def tried_on(forker: Forker, mutant: Mutant, made: Recording) -> tuple[str, str]:
    return try_mutant(forker, mutant, made.nearest(mutant, 60), made.seconds)


def test_recording_tells_which_test_ran_which_line(tmp_path, capsys):
    toy = laid_out(tmp_path)
    kept = toy / "kept.json"
    made = recorded(toy, "toy", kept, 1, [])
    small, loops = "tests/toy/test_toy.py::test_small", "tests/toy/test_toy.py::test_loops"
    assert made.lines[small] == {"toy.py": [5]}
    assert set(made.lines[loops]["toy.py"]) == {9, 10, 11}
    assert made.bad == ["tests/toy/test_toy.py::test_fails"]
    assert made.seconds.keys() == {small, loops}
    assert all(seconds < 1 for seconds in made.seconds.values()), "of the processor, in setup too"
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
        (before, after): tried_on(forker, mutant_of(toy, before, after), made)
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
    assert tried_on(forker, endless, made) == ("killed", "tests/toy/test_toy.py::test_loops")


def test_mutant_that_breaks_the_import_dies(forker, toy, made):
    broken = Mutant("toy.py", "", (1, 1), (0, 5), "LIMIT", "import no_such_module\nLIMIT")
    outcome, by = tried_on(forker, broken, made)
    assert (outcome, by) == ("killed", "tests/toy/test_toy.py")


def test_run_that_takes_too_long_is_ended_and_the_next_one_runs(forker, toy):
    (toy / "tests/toy/test_wait.py").write_text(
        "import threading\n\n\ndef test_wait():\n    threading.Event().wait(600)\n", "utf-8"
    )
    ended = forker.run(["-n", "0", "--timeout", "600", "tests/toy/test_wait.py"], seconds=8)
    assert ended.status is None
    assert killed_by(ended) == "a timeout"
    small = "tests/toy/test_toy.py::test_small"
    assert killed_by(forker.run(["-n", "0", small], seconds=60)) == ""
    assert killed_by(TestRun(0, "", ())) == ""
    assert killed_by(TestRun(3, "", ())) == "pytest ended with 3"


def test_kill_by_a_test_that_fails_anyway_does_not_count(toy):
    fails = "tests/toy/test_toy.py::test_fails"
    small = "tests/toy/test_toy.py::test_small"
    known = Recording({}, seconds={fails: 0.1, small: 0.1})
    verdicts = {
        "a": mutation.Verdict("a", "", "killed", fails),
        "b": mutation.Verdict("b", "", "killed", small),
    }
    found = mutation.sound_kills(toy, verdicts, known)
    assert {key: each.outcome for key, each in found.items()} == {"a": "void", "b": "killed"}


def test_verdict_counts_until_what_it_rests_on_changes(tmp_path):
    toy = laid_out(tmp_path)
    source, tests = toy / SOURCE / "toy.py", toy / "tests/toy/test_toy.py"
    near = ["tests/toy/test_toy.py::test_small", "tests/toy/test_other.py::test_other"]
    tests.with_name("test_other.py").write_text("def test_other(): ...\n", "utf-8")
    killed, alive, new = (mutant_at(line, "toy.py") for line in (1, 4, 5))
    killed, alive = replace(killed, inside="a"), replace(alive, inside="b")
    file = tmp_path / "journal.jsonl"
    first = Journal(file, toy)
    first.add(killed, "survived", "2 tests passed", near)
    first.add(killed, "killed", near[0], near)
    first.add(alive, "survived", "2 tests passed", near)

    def known() -> list[bool]:
        later = Journal(file, toy)
        return [later.settled(each, near) is not None for each in (killed, alive, new)]

    assert known() == [True, True, False]
    later = Journal(file, toy)
    assert [later.killer(each) for each in (killed, alive, new)] == [near[0], None, None]
    assert [later.survived(each) for each in (killed, alive, new)] == [False, True, False]
    tests.with_name("test_other.py").write_text("def test_other(): pass\n", "utf-8")
    assert known() == [True, False, False]
    tests.write_text(tests.read_text("utf-8") + "\n", "utf-8")
    assert known() == [False, False, False]
    first = Journal(file, toy)
    first.add(killed, "killed", near[0], near)
    assert known()[0]
    source.write_text(source.read_text("utf-8") + "\n", "utf-8")
    assert not known()[0]


@pytest.mark.parametrize(("alive", "status"), [(0, 0), (1, 0), (2, 1)])
def test_run_fails_when_less_than_nine_of_ten_die(alive, status, capsys):
    drawn = [mutant_at(line, f"desk/{line}.py") for line in range(10)]
    verdicts = {
        each.key: mutation.Verdict(each.key, "", "survived" if n < alive else "killed", "-")
        for n, each in enumerate(drawn)
    }
    assert mutation.summary("desk", drawn, verdicts, 1.0) == status
    assert f"{10 - alive} of 10 mutants of desk died" in capsys.readouterr().out


def test_survivor_with_a_reason_is_listed_as_explained(capsys, monkeypatch):
    drawn = [mutant_at(line, f"desk/{line}.py") for line in range(10)]
    row = mutation.Survivor("desk/0.py", "f", "a", "b", "Nobody reads it.")
    monkeypatch.setattr(mutation, "survivors", lambda: (row,))
    verdicts = {each.key: mutation.Verdict(each.key, "", "survived", "-") for each in drawn[:2]}
    verdicts |= {each.key: mutation.Verdict(each.key, "", "killed", "t") for each in drawn[2:]}
    assert mutation.summary("desk", drawn, verdicts, 1.0) == 1
    printed = capsys.readouterr().out
    without, _, explained = printed.partition("no reader sees")
    assert "desk/1.py:1 f" in without
    assert "desk/0.py:0 f" in explained
    assert "1 survivors have a reason, 1 have none" in printed


def test_survivor_with_a_reason_is_a_change_of_existing_code():
    rows = survivors()
    assert len(set(rows)) == len(rows)
    for row in rows:
        assert len(row.reason) > 20, row
        places = mutants_of(row.file, (ROOT / SOURCE / row.file).read_bytes())
        assert any(row.fits(each) for place in places for each in place), row
