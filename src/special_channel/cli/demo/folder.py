"""The demonstration's data folder: paths, progress, lock.

Does not start anything. Secrets (keys, codes) are readable by their owner alone.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from special_channel.core.bytes.errors import Malformed, Unavailable
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.submission import Submission
from special_channel.desk.founding import REGISTRAR_FILES
from special_channel.wiring.founding import Founded

OURS: Final = (
    "eu", "cn", "keys", "trust.json", "nodes.json", "codes.json", "loading.json", "demo.json",
    "year.json", "year-loading.json", "clock", "lock",
)  # fmt: skip
"""Names made by the demonstration; `--reset` removes only files with these names."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Paths of files in the folder."""

    root: Path

    @property
    def keys(self) -> Path:
        """Key files for the command line."""
        return self.root / "keys"

    @property
    def trust(self) -> Path:
        """Trust file, as for an overseer."""
        return self.root / "trust.json"

    @property
    def codes(self) -> Path:
        """Printed one-time codes, to print again at the next start."""
        return self.root / "codes.json"

    @property
    def nodes(self) -> Path:
        """Addresses of the nodes, for `--node eu`."""
        return self.root / "nodes.json"

    @property
    def journal(self) -> JournalFile:
        """Entries signed while the sample is loaded; removed after the load."""
        return JournalFile(self.root / "loading.json")

    @property
    def year(self) -> Path:
        """Counts of the fictional year; written after the load."""
        return self.root / "year.json"

    @property
    def clock(self) -> Path:
        """The file of the demonstration's clock, if the demonstration loads a past year."""
        return self.root / "clock"

    @property
    def year_journal(self) -> JournalFile:
        """Entries signed while the year is loaded; removed after the load."""
        return JournalFile(self.root / "year-loading.json")

    def party(self, party: Party) -> Path:
        """A node's folder."""
        return self.root / party

    def settings(self, party: Party) -> Path:
        """A node's settings file."""
        return self.party(party) / "node.toml"

    def log(self, party: Party) -> Path:
        """A node's log file."""
        return self.party(party) / "node.log"

    def registrar(self, party: Party, name: str = REGISTRAR_FILES[0]) -> Path:
        """A registrar's key file, by default the first one's."""
        return self.party(party) / "keys" / f"{name}.json"

    def state(self) -> dict[str, Any]:
        """Return the recorded progress; empty before the first start."""
        return read_json(self.root / "demo.json")

    def advance(self, **news: Any) -> None:  # noqa: ANN401 - JSON
        """Record a finished step."""
        write_json(self.root / "demo.json", self.state() | news)

    def founded(self) -> dict[Party, Founded]:
        """Return the results of founding; empty before founding.

        Raises:
            Malformed: `record-older` for a demonstration of an earlier version.
        """
        found = self.state().get("founded", {})
        known = {each.name for each in fields(Founded)}
        if any(stated.keys() != known for stated in found.values()):
            raise Malformed(
                "record-older", "An earlier version wrote this record; begin anew with --reset."
            )
        return {party: Founded(**found[party]) for party in PARTIES if party in found}

    def remember(self, founded: Mapping[Party, Founded]) -> None:
        """Record the results of founding."""
        self.advance(founded={party: asdict(made) for party, made in founded.items()})

    def clear_founding(self) -> None:
        """Remove the files of an interrupted founding."""
        # The parties' folders hold nothing else: no node starts before founding has ended.
        if self.state().get("founding") and not self.founded():
            for party in PARTIES:
                shutil.rmtree(self.party(party), ignore_errors=True)
        self.advance(founding=True)

    def reset(self) -> None:
        """Remove the demonstration's files.

        Raises:
            Malformed: `not-a-demo` if the folder holds something, but no demonstration.
        """
        if not self.root.exists():
            return
        names = {path.name for path in self.root.iterdir()}
        if names - {"lock"} and not names & {"demo.json", "eu", "cn"}:
            raise Malformed("not-a-demo", "This folder is not the demonstration's.")
        for name in OURS[:-1]:
            path = self.root / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock the folder against other demonstrations.

        Raises:
            Unavailable: `data-in-use`.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Unavailable(
                    "data-in-use", "Another process uses this folder.", folder=self.root.name
                ) from error
            yield


@dataclass(slots=True)
class JournalFile:
    """Implements `sample.stage.Journal` in a file of JSON lines, for its owner alone.

    The file only grows, so that thousands of entries cost no more than their own bytes.
    """

    file: Path
    _entries: dict[str, Submission] | None = field(default=None, init=False, compare=False)

    def read(self, name: str) -> Submission | None:
        """Return the entry with a name."""
        return self._known().get(name)

    def write(self, news: Mapping[str, Submission]) -> None:
        """Store entries by name; replace older ones."""
        known = self._known()
        handle = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            for name, entry in news.items():
                stream.write(json.dumps({"name": name} | _kept(entry), ensure_ascii=False) + "\n")
        known.update(news)

    def remove(self) -> None:
        """Remove the file after the load."""
        self.file.unlink(missing_ok=True)
        self._entries = None

    def _known(self) -> dict[str, Submission]:
        if self._entries is None:
            data = self.file.read_bytes() if self.file.exists() else b""
            # A last line cut by a kill was not sent: entries are stored before they are sent.
            whole = data[: data.rfind(b"\n") + 1]
            if len(whole) < len(data):
                os.truncate(self.file, len(whole))
            lines = [json.loads(line) for line in whole.splitlines()]
            self._entries = {line["name"]: _entry(line) for line in lines}
        return self._entries


def _entry(line: Mapping[str, Any]) -> Submission:
    return Submission(line["envelope"].encode(), tuple(map(str.encode, line["parts"])))


def _kept(entry: Submission) -> dict[str, object]:
    parts = [part.decode() for part in entry.parts if part is not None]
    return {"envelope": entry.envelope.decode(), "parts": parts}


def read_json(file: Path) -> dict[str, Any]:
    """Read a JSON object; empty without a file."""
    if not file.exists():
        return {}
    return dict(json.loads(file.read_text(encoding="utf-8")))


def write_json(file: Path, fields: Mapping[str, Any]) -> None:
    """Write a JSON object atomically, readable by the owner only."""
    part = file.with_name(f"{file.name}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(fields, stream, ensure_ascii=False, indent=1)
    part.replace(file)
