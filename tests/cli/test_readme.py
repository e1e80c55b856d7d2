"""Every command of README, as printed, in a fresh clone."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.project import ROOT
from tests.cli.demonstration import free_ports
from tests.clones import environment, fresh_clone

pytestmark = pytest.mark.timeout(300)

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
START, SESSION, GOOD, ALTERED = range(4)


@dataclass
class Clone:
    """A fresh clone with `./run` running."""

    folder: Path
    variables: dict[str, str]
    guide: list[str]

    def typed(self, place: int) -> list[str]:
        """Run a block of README's commands and return the lines of its output."""
        done = subprocess.run(
            ["/bin/sh", "-eu", "-c", COMMANDS[place]],
            cwd=self.folder, env=self.variables, capture_output=True, text=True,
            encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Iterator[Clone]:
    folder = fresh_clone(tmp_path_factory.mktemp("clone"))
    eu, cn = free_ports()
    variables = environment(SC_EU_PORT=str(eu), SC_CN_PORT=str(cn))
    command = COMMANDS[START].splitlines()[0].partition("#")[0].split()
    process = subprocess.Popen(
        command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, encoding="utf-8", start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        guide: list[str] = []
        for line in process.stdout:
            guide.append(line.rstrip("\n"))
            if line.startswith("ready"):
                break
        assert guide, "./run said nothing"
        assert guide[-1].startswith("ready"), "\n".join(guide)
        yield Clone(folder, variables, guide)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0


def test_readme_has_the_blocks_that_these_tests_run():
    assert len(COMMANDS) == ALTERED + 1
    words = [line.partition("#")[0].split() for line in COMMANDS[START].splitlines()]
    assert words == [["./run"], ["./test"]]
    # `./test` runs this test; the gate runs it whole.
    gate = (ROOT / "check").read_text(encoding="utf-8")
    assert re.search(r"^    step tests tests \"\$@\"$", gate, re.MULTILINE)
    assert re.search(r"\./test \"\$@\"", gate)
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert ci.splitlines()[-1] == "exec ./check"


def test_clone_runs_its_own_source(clone):
    where = "import special_channel; print(special_channel.__file__)"
    said = subprocess.run(
        [clone.folder / ".venv/bin/python", "-c", where],
        env=clone.variables, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert Path(said.strip()).is_relative_to(clone.folder)


def test_run_shows_what_readme_promises_for_the_first_minute(clone):
    text = "\n".join(clone.guide)
    codes = re.findall(r"^  [2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}  ", text, re.MULTILINE)
    assert len(codes) == 10
    assert "one-time code for each of ten officials" in " ".join(README.split())
    assert len(re.findall(r"^  Watch the thread ", text, re.MULTILINE)) == 2
    assert (clone.folder / "var/trust.json").is_file()


def test_session_of_readme_ends_in_a_proven_bundle(clone):
    said = clone.typed(SESSION)
    assert "authentic-and-complete" in said
    assert f"`{said[said.index('authentic-and-complete')]}`" in README


def test_sample_bundle_verifies_as_printed(clone):
    assert clone.typed(GOOD)[0] == "authentic-and-complete"


def test_sample_bundle_altered_as_printed_names_the_place(clone):
    said = clone.typed(ALTERED)
    assert said[0] == "not-proven"
    assert said[-1] == "exit 1"
    [place] = re.findall(r"`(\S+ #\d+  part-digest)`", README)
    assert [line for line in said if line.startswith(f"fault  {place}: ")], said
