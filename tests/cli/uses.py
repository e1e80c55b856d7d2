"""For each command a valid use and a refused use, as officials type them.

Words of the commands themselves are Chinese or codes, so that what a command says in English is
its own. A command that is not here makes `test_every_command.py` fail by its name.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import aiohttp
import asyncpg
import psutil  # type: ignore[import-untyped]

from special_channel.cli.client import Node
from special_channel.cli.demo.folder import Folder
from special_channel.cli.demo.settings import Plan, write_settings
from special_channel.cli.machine import MACHINE
from special_channel.cli.places import place
from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.bytes.times import timestamp
from special_channel.desk import payloads
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author, Fields
from special_channel.launcher.postgres import DATABASE, SUPERUSER
from special_channel.wiring.founding import Founded
from tests.cli.demonstration import ROOT, Demo, free_ports
from tests.reasons import TYPED, WHY

KNOWN: Final = "FIKTIV-26-0009744"
"""An application of the sample's list."""

Words = Sequence[str]


@dataclass
class Ground:
    """What uses stand on: the demonstration, a folder, and fresh threads, notes and lists."""

    demo: Demo
    folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    charters: Iterator[int] = field(default_factory=lambda: count(2))
    turns: defaultdict[Words, Iterator[int]] = field(default_factory=lambda: defaultdict(count))
    serving: subprocess.Popen[bytes] | None = None

    def turn(self, *persons: str) -> str:
        """Each person in turn: the same act does not wait twice."""
        return persons[next(self.turns[persons]) % len(persons)]

    def fresh(self, ending: str = "") -> str:
        """An unused name in the folder."""
        return str(self.folder / f"{next(self.numbers)}{ending}")

    def thread(self, party: Party = "eu") -> str:
        return str(
            self.call("thread", "open", "虚构事项", "--marking", "none", by=party)["position"]
        )

    def approval(self) -> Sequence[str]:
        """An application that CN approved, and the option with its statement."""
        number, day = f"虚构-{next(self.numbers)}", in_days(-3)
        typed = ("--state", "approved", "--as-of", day, "--source", "bureau")
        decided = ("--decision", "approved", "--decided-on", day, *TYPED)
        made = self.call("application", "assert", number, *typed, *decided, by="cn")
        return number, "--approval", str(made["position"])

    def note(self, party: Party, *more: str, thread: str = "") -> str:
        typed = (
            "note",
            "post",
            thread or self.thread(party),
            "虚构内容。",
            "--marking",
            "none",
            *TYPED,
            *more,
        )
        return str(self.call(*typed, by=party)["position"])

    def ask(self, party: Party) -> str:
        """A question of a side, after delivery."""
        asked = self.note(party, "--ask", "虚构问题|+2h")
        self.arrived(asked, peer_of(party))
        return f"{asked}:1"

    def taken_back(self) -> str:
        """A question of the EU with an answer withdrawn after the due time."""
        thread = self.thread("eu")
        asked = self.note("eu", "--ask", "虚构问题|+1s", thread=thread)
        due = MACHINE.now() + timedelta(seconds=2)
        self.arrived(asked, "cn")
        answer = self.note("cn", "--answers", f"{asked}:1", thread=thread)
        while MACHINE.now() < due:
            self.demo.call("thread", "list", "--as", "cn-desk-1")
        self.arrived(
            str(self.call("note", "withdraw", answer, "--reason", "虚构", by="cn")["position"]),
            "eu",
        )
        return f"{asked}:1"

    def arrived(self, position: str, party: Party) -> str:
        """Wait until a side's node holds an entry."""
        self.demo.eventually("erase", position, "--as", f"{party}-desk-1")
        return position

    def call(self, *typed: str, by: Party) -> dict[str, Any]:
        """Run a command and return its document."""
        [found] = self.demo.call(*typed, "--as", f"{by}-desk-1")
        return found

    def view(self) -> str:
        """A saved view of threads of the EU's desk; return its name."""
        name = f"虚构{next(self.numbers)}"
        self.call("view", "save", "threads", name, "show=closed", by="eu")
        return name

    def file(self, text: str, ending: str) -> str:
        path = Path(self.fresh(ending))
        path.write_text(text, encoding="utf-8-sig")
        return str(path)

    def not_ours(self) -> str:
        """A folder with a file, but without a demonstration."""
        folder = Path(self.fresh())
        folder.mkdir()
        (folder / "letters.txt").write_text("虚构", encoding="utf-8")
        return str(folder)

    def listed(self, sheet: str = "list-eu.csv", **changed: str) -> str:
        """The first ten rows of a sheet of the sample, as another week's."""
        lines = list(csv.DictReader(io.StringIO(_sample(sheet))))[:10]
        out = io.StringIO()
        writer = csv.DictWriter(out, lines[0].keys())
        writer.writeheader()
        writer.writerows([line | changed for line in lines])
        return self.file(out.getvalue(), ".csv")

    def answered(self) -> str:
        """A return sheet with numbers alone: dates of the sample were moved when it was loaded."""
        numbers = ("list_id", "row", "application_no", "match")
        lines = csv.DictReader(io.StringIO(_sample("return-cn.csv")))
        found = ({name: line[name] for name in numbers} for line in lines)
        out = io.StringIO()
        writer = csv.DictWriter(out, numbers)
        writer.writeheader()
        writer.writerows(islice(found, 10))
        return self.file(out.getvalue(), ".csv")

    def weekly(self) -> str:
        """A list not imported by another use."""
        return self.listed(list_id=f"L2027-{next(self.numbers)}", stop_on="", urgency="normal")

    def draft(self) -> str:
        """A list queued for release."""
        return str(self.call("batch", "import", self.weekly(), *TYPED, by="eu")["draft"])

    @cached_property
    def shown(self) -> str:
        """A thread of the sample, delivered to both sides."""
        return self.demo.thread("stamp")

    @cached_property
    def batch(self) -> str:
        """The sample's list."""
        found = self.demo.call("batch", "list", "--as", "eu-desk-1")
        return next(str(each["number"]) for each in found if each["list"] == "L2026-47")

    @cached_property
    def request(self) -> str:
        """A request for priority, delivered to CN's node."""
        return self.arrived(self.asked_first(), "cn")

    def asked_first(self) -> str:
        typed = ("priority", "ask", KNOWN, "--reason", "line_stop", *WHY)
        return str(self.call(*typed, by="eu")["position"])

    def held(self) -> str:
        return str(self.demo.call("meeting", "list", "--as", "eu-desk-1")[0]["number"])

    def meeting(self) -> str:
        typed = ("--on", "2026-11-19", "--place", "虚构地点", "--point", "statement:eu | 虚构要点")
        held = self.demo.call("meeting", "hold", "虚构会谈", *typed, "--as", "eu-desk-1")
        self.arrived(held[1]["position"], "cn")
        return str(held[1]["position"])

    def licence(self) -> str:
        number = f"虚构-{next(self.numbers)}"
        self.call(*self.issuing(number), by="cn")
        return number

    def issuing(self, number: str) -> Words:
        return (
            "licence", "issue", number, "--type", "general", "--line", "1C905.a:5000:kg:gross",
            "--issued-on", "2026-11-20", "--valid-from", "2026-11-20", "--valid-to", "2027-11-19",
            *TYPED,
        )  # fmt: skip

    def code(self) -> str:
        """A new one-time code of the EU's node."""
        return str(self.invited()["code"])

    def invited(self) -> dict[str, Any]:
        [found] = self.demo.call(*INVITE, "--as", "eu-registrar")
        return found

    def calendar_link(self) -> str:
        """The number of a calendar link of the EU's official."""
        self.call("calendar-link", "make", "--holds", "closed", by="eu")
        return str(self.demo.call("calendar-link", "list", "--as", "eu-desk-1")[0]["id"])

    def kept(self) -> str:
        """The id of a template that the EU's desk keeps."""
        name = f"虚构模板{next(self.numbers)}"
        [kept] = self.demo.call("template", "keep", name, "虚构文本", "--as", "eu-desk-1")
        return str(kept["template"])

    def attached(self) -> tuple[str, str]:
        """A note with a text file: its number, and the name of the file."""
        file = Path(self.file(f"虚构附件{next(self.numbers)}", ".txt"))
        return self.note("eu", "--file", str(file)), file.name

    def find(self) -> str:
        """The name of a quarantined file; the demonstration has no scanner that refuses one."""
        file = Path(self.file(f"虚构附件{next(self.numbers)}", ".txt"))
        self.note("eu", "--file", str(file))
        digest = sha256(file.read_bytes()).hexdigest()
        self._store(
            "INSERT INTO desk.file_scans"
            " (sha256, scanner, found, threat, engine, signatures, at, seen, salt)"
            " VALUES ($1, 'clamd', true, '虚构', '虚构', '1', now(), now(), $2)",
            *(digest, MACHINE.draw(32)),
        )
        return file.name

    def alarm(self) -> str:
        """The number of an alarm about an act of the EU's root; the demonstration has none."""
        number = self._store(
            "INSERT INTO work.people_alarms (code, log, idx, author, at)"
            " VALUES ('root-acted', 'eu', $1, '', now()) RETURNING id",
            next(self.numbers),
        )
        return str(number)

    def _store(self, statement: str, *values: object) -> object:
        return asyncio.run(self._stored(statement, *values))

    async def _stored(self, statement: str, *values: object) -> object:
        cluster = self.demo.data / "eu/data/postgres/cluster"
        *_, port, sockets = (cluster / "postmaster.pid").read_text("utf-8").splitlines()[:5]
        connection = await asyncpg.connect(
            user=SUPERUSER, database=DATABASE, host=sockets, port=int(port)
        )
        try:
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()

    def asked_for(self) -> str:
        """The name of a quarantined file for which the EU's head asks."""
        name = self.find()
        self.demo.call("quarantine", "ask", name, "--reason", "虚构理由", *HEAD)
        return name

    def let_out(self) -> str:
        """The name of a quarantined file that a registrar let out, to the EU's head."""
        name = self.asked_for()
        self.demo.call("quarantine", "agree", name, *REGISTRAR)
        return name

    def typed(self) -> str:
        """The number of a draft that the EU's official typed on a page and left."""
        return str(asyncio.run(self._save(f"虚构草稿{next(self.numbers)}")))

    async def _save(self, text: str) -> int:
        where = place("", Path("eu-desk-1"), None, self.demo.data)
        async with aiohttp.ClientSession() as http:
            node = Node(http, where.url, where.key)
            document = json.dumps({"fields": {"subject": text}, "version": None}).encode()
            saved = json.loads(await node._call("PUT", "/api/drafts/new", data=document))
            return int(saved["version"])

    def drawn(self) -> int:
        """The number of a code that is drawn and not used."""
        official = self.invited()["official"]
        codes = self.demo.call("enrol", "codes", "--as", "eu-registrar")
        return next(int(each["number"]) for each in codes if each["official"] == official)

    def overseer(self) -> tuple[str, Words]:
        """The name of a new overseer of the EU, and the options by which the overseer speaks."""
        name, file = f"虚构监督{next(self.numbers)}", self.fresh()
        typed = ("--role", "oversight", "--unit", "虚构处", "--desk", "oversight")
        mail = ("--email", "fictional@eu.example")
        [invited] = self.demo.call("person", "invite", name, *typed, *mail, "--as", "eu-registrar")
        self.demo.call("enrol", "redeem", str(invited["code"]), "--out", file, *EU)
        return name, ("--node", "eu", "--as", file)

    @cached_property
    def overseers(self) -> tuple[str, Words]:
        """One overseer who is granted access, and another who signs second."""
        return self.overseer()[0], self.overseer()[1]

    def access(self) -> str:
        """A grant of access that waits for a second overseer."""
        typed = ("access", "grant", *self.ordered(), *OVERSEER)
        [begun] = self.demo.call(*typed)
        assert begun["state"] == "waiting"
        return str(begun["id"])

    def accessed(self) -> str:
        """A grant of access that two overseers have signed."""
        [receipt] = self.demo.call("access", "sign", self.access(), *self.overseers[1])
        return str(receipt["position"])

    def ordered(self) -> Words:
        """A reader, and what a written order says about access."""
        until = (MACHINE.now() + timedelta(days=9)).date().isoformat()
        said = ("--until", until, "--purpose", "虚构目的", "--order", f"虚构-{next(self.numbers)}")
        return (self.overseers[0], "--thread", self.shown, *said)

    def bundle(self) -> str:
        out = self.fresh(".zip")
        self.call("export", "--thread", self.shown, "--out", out, by="eu")
        return out

    def plan(self) -> Plan:
        """A folder and settings for a node that is not founded."""
        made = Plan(Folder(Path(self.fresh())), ROOT / "config", _ports())
        write_settings(made, {})
        return made

    def settings(self) -> str:
        return str(self.plan().folder.settings("eu"))

    @cached_property
    def _founded(self) -> tuple[Plan, Founded]:
        plan = self.plan()
        settings = str(plan.folder.settings("eu"))
        done = self.demo.typed("found", "--config", settings, "--json")
        return plan, Founded(**json.loads(done.stdout))

    @property
    def founded(self) -> str:
        """Settings of a founded node that does not run."""
        return str(self._founded[0].folder.settings("eu"))

    def _pinned_copy(self) -> Plan:
        """A copy of the founded node with both parties pinned; the copy does not run."""
        (founded, eu), plan = self._founded, self.plan()
        shutil.copytree(founded.folder.root, plan.folder.root, dirs_exist_ok=True)
        write_settings(plan, {"eu": eu, "cn": Folder(self.demo.data).founded()["cn"]})
        return plan

    @cached_property
    def pinned(self) -> str:
        """The settings of a founded node that has pinned the other side and does not run."""
        return str(self._pinned_copy().folder.settings("eu"))

    @cached_property
    def lone(self) -> Words:
        """Options by which a registrar speaks to a node of their own, which confirms nothing.

        `serve` runs it until the end of the tests.
        """
        plan = self._pinned_copy()
        settings = plan.folder.settings("eu")
        text = settings.read_text("utf-8").replace("confirm_codes = true", "confirm_codes = false")
        settings.write_text(text, "utf-8")
        self.serving = subprocess.Popen(
            [sys.executable, "-m", "special_channel", "serve", "--config", str(settings)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        speaks = ("--node", plan.url("eu"), "--as", str(plan.folder.registrar("eu")))
        self.demo.eventually("status", *speaks)
        # It is a copy, and notices: without its peer it signs nothing before somebody says so.
        alone = ("--config", str(settings), "--by", "Operator", "--reason", "A copy for tests.")
        subprocess.run(
            [sys.executable, "-m", "special_channel", "start-alone", *alone],
            check=True, capture_output=True,
        )  # fmt: skip
        return speaks

    def waiting(self) -> str:
        """A key waiting for the registrar of the lone node."""
        [invited] = self.demo.call(*INVITE, *self.lone)
        self.demo.call("act", "sign", str(invited["id"]), *self.second(self.lone))
        [drawn] = self.demo.call("enrol", "code", str(invited["official"]), *self.lone)
        typed = ("enrol", "redeem", str(drawn["code"]), "--out", self.fresh(), *self.lone)
        [made] = self.demo.call(*typed)
        assert made["state"] == "waiting"
        return str(made["key"])

    @property
    def part(self) -> str:
        """A file with a part of the root of the founded node."""
        return str(self._founded[0].folder.root / "eu/keys/root-1.json")

    def requested(self) -> str:
        """A request for an act of the founded node's root."""
        out = self.fresh(".json")
        typed = (*GRANTING, "--config", self.founded, "--out", out)
        assert self.demo.typed("root", "request", *typed).returncode == 0
        return out

    def parts_signed(self) -> Words:
        """A request, and the signatures of two parts."""
        request, files = self.requested(), []
        for number in (1, 2):
            part = self.part.replace("root-1", f"root-{number}")
            files.append(self.fresh(".json"))
            typed = ("--part", part, "--out", files[-1], "--yes")
            assert self.demo.typed("root", "sign", request, *typed).returncode == 0
        return request, *files

    def root_set(self) -> str:
        """The public half of a new root set."""
        folder = Path(self.fresh())
        typed = ("--party", "eu", "--parts", "1", "--threshold", "1", "--plain")
        assert self.demo.typed("root", "make", *typed, "--out", str(folder)).returncode == 0
        return str(next(folder.glob("*-set.json")))

    def trusting(self) -> str:
        """A copy of the demonstration's trust file."""
        return shutil.copy(self.demo.data / "trust.json", self.fresh(".json"))

    def combined(self) -> str:
        """An act that the root of the pinned copy has signed."""
        out = self.fresh(".json")
        assert (
            self.demo.typed("root", "combine", *self.parts_signed(), "--out", out).returncode == 0
        )
        return out

    def second(self, speaks: Words) -> Words:
        """The same node, spoken to with the other founded registrar's key."""
        return tuple(str(word).replace("registrar.json", "registrar-2.json") for word in speaks)

    @cached_property
    def other_registrar(self) -> Words:
        """Options of the EU's other founded registrar."""
        file = Folder(self.demo.data).registrar("eu")
        return self.second(("--as", str(file)))

    @property
    def prepared(self) -> str:
        """The public half of the key to which the EU's checkpoint key commits."""
        folder = Folder(self.demo.data).party("eu") / "keys"
        return KeyFile.read(folder / "checkpoint-next.json").public

    def machine_request(self) -> Words:
        """The enrolment of a node's new key, and the key's file."""
        key, file = KeyFile.make("eu", "node", bytes(31) + b"\x07"), self.fresh(".json")
        key.write(Path(file))
        body: Fields = {
            "role": "node", "suite": "ed25519", "public": key.public, "reason": "routine",
        }  # fmt: skip
        author = Author(key.signer, "eu.channel.example/log", "2026-11-24T09:00:00Z", (), bytes)
        entry = payloads.signed(author, "machine.enrolled", {"body": body})
        request = self.fresh(".json")
        Path(request).write_bytes(dsse.decode(entry.envelope).payload)
        return request, "--key", file, "--yes"

    def key(self, file: str = "") -> str:
        """A key of a new official of the EU."""
        typed = ("enrol", "redeem", self.code(), "--out", file or self.fresh(), *EU)
        [made] = self.demo.call(*typed)
        return str(made["key"])

    def stopped(self) -> str:
        """A key that its holder has stopped: a registrar's third stop would wait for another."""
        file = self.fresh()
        key = self.key(file)
        typed = ("key", "suspend", key, "--reason", "lost", "--node", "eu", "--as", file)
        [stop] = self.demo.call(*typed)
        assert stop["state"] == "done"
        return key

    def act(self) -> str:
        """A revocation that waits for a second signature."""
        typed = ("key", "revoke", self.key(), "--reason", "lost", "--as", "eu-registrar")
        [begun] = self.demo.call(*typed)
        assert begun["state"] == "waiting"
        return str(begun["id"])

    def end(self) -> None:
        """Stop started processes as a service manager does, and check that none is left."""
        if self.serving is not None:
            family = psutil.Process(self.serving.pid).children(recursive=True)
            self.serving.terminate()
            assert self.serving.wait(60) == 0
            assert psutil.wait_procs(family, timeout=10)[1] == []

    def charter(self, number: int) -> str:
        """A folder with the charter under another number."""
        folder = Path(self.fresh())
        folder.mkdir()
        for path in (ROOT / "config/charter").iterdir():
            text = path.read_text(encoding="utf-8")
            (folder / path.name).write_text(
                text.replace("number = 1\n", f"number = {number}\n"), "utf-8"
            )
        return str(folder)


def in_days(days: int) -> str:
    """Return the date so many days from today."""
    return (MACHINE.now() + timedelta(days=days)).date().isoformat()


def _sample(name: str) -> str:
    return (ROOT / "config/sample" / name).read_text(encoding="utf-8-sig")


def _ports() -> Mapping[Party, int]:
    eu, cn = free_ports()
    return {"eu": eu, "cn": cn}


def soon() -> str:
    return timestamp(MACHINE.now() + timedelta(days=9))


INVITE: Final = (
    "person", "invite", "虚构人员", "--role", "desk", "--unit", "虚构处", "--desk", "permits",
    "--email", "fictional@eu.example",
)  # fmt: skip

GRANTING: Final = (
    "role.granted", "--role", "registrar", "--desk", "registry", "--unit", "虚构处",
)  # fmt: skip

Make = Callable[[Ground], Words]


@dataclass(frozen=True)
class Refusal:
    """A refused use: words, stable code, and exit code by docs/errors.md."""

    words: Make
    code: str
    exits: int


@dataclass(frozen=True)
class Use:
    """Arguments of a command; `good` is None for commands that run until a signal."""

    good: Make | None
    refused: Refusal
    twice: bool = True
    """Whether it is cheap enough to be used once more, for people; founding a party is not."""


EU: Final = ("--as", "eu-desk-1")
CN: Final = ("--as", "cn-desk-1")
HEAD: Final = ("--as", "eu-head")
REGISTRAR: Final = ("--as", "eu-registrar")
OVERSEER: Final = ("--as", "eu-oversight")
NO_SETTINGS: Final = Refusal(
    lambda ground: ("--config", ground.fresh(".toml")), "settings-missing", 3
)
OTHER_NODE: Final = Refusal(lambda _: ("--node", "mars", *EU), "node-unknown", 3)
RUNNING: Final = Use(None, NO_SETTINGS)


def refused(code: str, exits: int, *words: str) -> Refusal:
    return Refusal(lambda _: words, code, exits)


USES: Final[Mapping[str, Use]] = {
    "found": Use(
        lambda ground: ("--config", ground.settings()),
        Refusal(lambda ground: ("--config", ground.founded), "already-founded", 3),
        twice=False,
    ),
    "migrate": Use(lambda ground: ("--config", ground.founded), NO_SETTINGS),
    "rebuild": Use(lambda ground: ("--config", ground.founded), NO_SETTINGS),
    "resume": Use(lambda ground: ("--config", ground.founded), NO_SETTINGS),
    "check": Use(
        lambda ground: ("--config", ground.pinned),
        Refusal(lambda ground: ("--config", ground.founded), "settings-malformed", 3),
    ),
    "recover": Use(
        lambda _: ("--as", "eu-registrar"),
        refused("nothing-lost", 3, "--accept-loss", "--as", "eu-registrar"),
    ),
    "start-alone": Use(
        lambda ground: (
            *("--config", ground.founded, "--by", "Operator"),
            *("--reason", "The other side is away."),
        ),
        Refusal(
            lambda ground: ("--config", ground.founded, "--by", "Operator", "--reason", " "),
            "start-alone-words",
            3,
        ),
    ),
    "repair": Use(
        lambda ground: ("--config", ground.pinned),
        Refusal(lambda ground: ("--config", ground.founded), "settings-malformed", 3),
    ),
    "serve": RUNNING,
    "web": RUNNING,
    "link": RUNNING,
    "escalate": RUNNING,
    "demo": Use(
        None,
        Refusal(
            lambda ground: ("--data", ground.not_ours(), "--reset", "--yes"),
            "not-a-demo",
            3,
        ),
    ),
    "erase": Use(
        lambda ground: (
            ground.note("eu"), "--part", "0", "--reason", "虚构命令", "--as", "eu-head",
        ),
        refused("entry-unknown", 5, "EU-999999", *EU),
    ),
    "access list": Use(lambda ground: (ground.access(), OVERSEER)[1], OTHER_NODE),
    "access grant": Use(
        lambda ground: (*ground.ordered(), *OVERSEER),
        Refusal(lambda ground: ("虚构", *ground.ordered()[1:], *OVERSEER), "reader-unknown", 5),
    ),
    "access sign": Use(
        lambda ground: (ground.access(), *ground.overseers[1]),
        refused("act-absent", 5, "none", *OVERSEER),
    ),
    "access refuse": Use(
        lambda ground: (ground.access(), *ground.overseers[1]),
        refused("act-absent", 5, "none", *OVERSEER),
    ),
    "access take-back": Use(
        lambda ground: (ground.access(), *OVERSEER),
        refused("act-absent", 5, "none", *OVERSEER),
    ),
    "access end": Use(
        lambda ground: (ground.accessed(), *OVERSEER),
        refused("access-unknown", 5, "PRIVATE-999999", *OVERSEER),
    ),
    "search": Use(
        lambda _: ("虚构", "--kind", "note", *EU),
        refused("date-malformed", 3, "虚构", "--since", "x", *EU),
    ),
    "inbox": Use(lambda _: EU, OTHER_NODE),
    "corrections": Use(lambda _: EU, OTHER_NODE),
    "corrections-seen": Use(lambda _: EU, OTHER_NODE),
    "work": Use(lambda _: EU, refused("position-malformed", 3, "--after", "EU120", *EU)),
    "unit": Use(
        lambda _: ("--sort", "nearest", *HEAD), refused("date-malformed", 3, "--on", "x", *HEAD)
    ),
    "export": Use(
        lambda ground: ("--thread", ground.shown, "--out", ground.fresh(".zip"), *EU),
        Refusal(
            lambda ground: ("--thread", "EU-999999", "--out", ground.fresh(".zip"), *EU),
            "thread-unknown",
            5,
        ),
    ),
    "verify": Use(
        lambda ground: (ground.bundle(), "--trust", str(ground.demo.data / "trust.json")),
        Refusal(
            lambda ground: (ground.fresh(".zip"), "--trust", str(ground.demo.data / "trust.json")),
            "bundle-unreadable",
            3,
        ),
    ),
    "status": Use(lambda _: EU, OTHER_NODE),
    "deadline": Use(
        lambda _: ("--calendar", "cn", "--from", "2026-11-24", "--working-days", "45"),
        refused("date-malformed", 3, "--calendar", "cn", "--from", "x", "--working-days", "4"),
    ),
    "figures": Use(lambda _: EU, refused("date-malformed", 3, "--since", "x", *EU)),
    "numbers": Use(lambda _: CN, refused("date-outside", 3, "--on", "2024-12-31", *EU)),
    "machine prepare": Use(
        lambda ground: ("checkpoint", "--out", str(ground.folder), "--config", ground.founded),
        Refusal(
            lambda ground: ("link", "--config", ground.fresh(".toml")), "settings-missing", 3
        ),
    ),
    "machine sign": Use(
        lambda ground: ground.machine_request(),
        Refusal(lambda ground: (ground.part, "--key", ground.part), "machine-request", 3),
    ),
    "machine enrol": Use(
        lambda ground: ("checkpoint", "--public", ground.prepared, "--next", "0" * 64,
                        "--reason", "routine", "--as", "eu-registrar"),
        refused("successor-uncommitted", 3, "checkpoint", "--public", "A" * 43 + "=",
                "--reason", "lost", "--as", "eu-registrar"),
        twice=False,  # the log commits to one key, and its enrolment waits
    ),
    "machine list": Use(lambda ground: ("--config", ground.founded), NO_SETTINGS),
    "keygen": Use(
        lambda ground: (ground.fresh(), "--party", "eu", "--role", "desk", "--desk", "permits"),
        refused("desk-needed", 3, "none.json", "--party", "eu", "--role", "desk"),
    ),
    "seal": Use(
        lambda ground: (ground.part, "--out", ground.fresh(".json"), "--plain"),
        Refusal(
            lambda ground: (ground.fresh(), "--out", ground.fresh(), "--plain"),
            "key-file-missing",
            5,
        ),
    ),
    "root make": Use(
        lambda ground: (
            *("--party", "eu", "--parts", "3", "--threshold", "2"),
            *("--out", ground.fresh(), "--plain"),
        ),
        Refusal(
            lambda ground: (
                *("--party", "eu", "--parts", "1", "--threshold", "2"),
                *("--out", ground.fresh(), "--plain"),
            ),
            "root-threshold-large",
            3,
        ),
    ),
    "root request": Use(
        lambda ground: (
            *GRANTING, "--config", ground.founded, "--out", ground.fresh(".json"),
        ),
        Refusal(
            lambda ground: (
                "key.revoked", "--config", ground.founded, "--out", ground.fresh(".json"),
            ),
            "root-field-missing",
            3,
        ),
    ),
    "root sign": Use(
        lambda ground: (ground.requested(), "--part", ground.part, "--yes"),
        Refusal(
            lambda ground: (ground.root_set(), "--part", ground.part, "--yes"),
            "root-file-malformed",
            3,
        ),
    ),
    "root combine": Use(
        lambda ground: (*ground.parts_signed(), "--out", ground.fresh(".json")),
        Refusal(
            lambda ground: (*ground.parts_signed()[:2], "--out", ground.fresh(".json")),
            "root-threshold",
            4,
        ),
    ),
    "root check": Use(
        lambda ground: (ground.root_set(),),
        Refusal(lambda ground: (ground.fresh(),), "file-unreadable", 5),
    ),
    "trust write": Use(
        lambda ground: ("--config", ground.pinned, "--out", ground.fresh(".json")),
        Refusal(
            lambda ground: ("--pin", "eu", "--out", ground.fresh(".json")), "pin-malformed", 3
        ),
    ),
    "trust update": Use(
        lambda ground: (ground.bundle(), "--trust", ground.trusting()),
        Refusal(
            lambda ground: (ground.fresh(".zip"), "--trust", ground.trusting()),
            "bundle-unreadable",
            3,
        ),
    ),
    "submit": Use(
        lambda ground: (ground.combined(), "--config", ground.pinned),
        Refusal(
            lambda ground: (ground.root_set(), "--config", ground.pinned),
            "root-file-malformed",
            3,
        ),
        twice=False,
    ),
    "charter show": Use(lambda _: EU, OTHER_NODE),
    "charter build": Use(
        lambda ground: ("--folder", ground.charter(7)),
        Refusal(lambda ground: ("--folder", ground.fresh()), "charter-missing", 5),
    ),
    "charter adopt": Use(
        lambda ground: (
            "--folder", ground.charter(next(ground.charters)), "--as", "cn-registrar",
        ),
        refused("role", 4, *EU),
    ),
    "person invite": Use(
        lambda _: (*INVITE[2:], "--as", "eu-registrar"), refused("role-access", 4, *INVITE[2:], *EU)
    ),
    "person away": Use(
        lambda _: ("--until", soon()[:10], *EU),
        refused("date-malformed", 3, "--until", "tomorrow", *EU),
    ),
    "person list": Use(lambda _: EU, OTHER_NODE),
    "person journal": Use(
        lambda _: ("--sort", "oldest", *REGISTRAR),
        refused("date-malformed", 3, "--since", "yesterday", *REGISTRAR),
    ),
    "person grant": Use(
        lambda ground: (ground.turn("2", "6"), "--role", "desk", "--desk", "permits",
                        "--unit", "E.3", "--as", "eu-registrar"),
        refused("person-absent", 5, "999", "--role", "desk", "--desk", "permits", "--unit", "E.3",
                *EU),
    ),
    "person end-role": Use(
        lambda ground: (ground.turn("3", "4"), "--grant", "1", "--as", "eu-registrar"),
        refused("grant-ended", 3, "3", "--grant", "9", "--as", "eu-registrar"),
    ),
    "person left": Use(
        lambda ground: (ground.turn("4", "3"), "--as", "eu-registrar"),
        refused("person-absent", 5, "999", *EU),
    ),
    "person stand-in": Use(
        lambda ground: (ground.turn("3", "5"), "--for", "4", "--until", "2099-12-11T22:59:00Z",
                        "--as", "eu-registrar"),
        refused("person-absent", 5, "999", "--for", "4", "--until", "2099-12-11T22:59:00Z", *EU),
    ),
    "key list": Use(lambda _: EU, OTHER_NODE),
    "key show": Use(lambda ground: (ground.key(), *EU), refused("key-absent", 5, "eu:0", *EU)),
    "key suspend": Use(
        lambda ground: (ground.key(), "--reason", "lost", "--as", "eu-registrar"),
        refused("key-absent", 5, "eu:0", "--reason", "lost", *EU),
    ),
    "key restore": Use(
        lambda ground: (ground.stopped(), "--reason", "mistaken", "--as", "eu-registrar"),
        refused("key-absent", 5, "eu:0", "--reason", "found", *EU),
    ),
    "key revoke": Use(
        lambda ground: (ground.key(), "--reason", "lost", "--since", "EU-1",
                        "--as", "eu-registrar"),
        refused("key-absent", 5, "eu:0", "--reason", "lost", *EU),
    ),
    "act list": Use(lambda ground: (ground.act(), ground.other_registrar)[1], OTHER_NODE),
    "act sign": Use(
        lambda ground: (ground.act(), *ground.other_registrar),
        refused("act-absent", 5, "0", "--as", "eu-registrar"),
    ),
    "act refuse": Use(
        lambda ground: (ground.act(), *ground.other_registrar),
        refused("act-absent", 5, "0", "--as", "eu-registrar"),
    ),
    "act take-back": Use(
        lambda ground: (ground.act(), "--as", "eu-registrar"),
        refused("act-absent", 5, "0", "--as", "eu-registrar"),
    ),
    "enrol code": Use(
        lambda ground: (str(ground.invited()["official"]), "--as", "eu-registrar"),
        refused("official-unknown", 5, "999999", "--as", "eu-registrar"),
    ),
    "enrol codes": Use(
        lambda ground: (ground.invited(), ("--as", "eu-registrar"))[1],
        refused("role-access", 4, *EU),
    ),
    "enrol renew": Use(
        lambda ground: (str(ground.drawn()), "--as", "eu-registrar"),
        refused("invitation-absent", 5, "999999", "--as", "eu-registrar"),
    ),
    "enrol take-back": Use(
        lambda ground: (str(ground.drawn()), "--as", "eu-registrar"),
        refused("invitation-absent", 5, "999999", "--as", "eu-registrar"),
    ),
    "enrol list": Use(
        lambda ground: (ground.waiting(), ground.lone)[1], refused("role-access", 4, *EU)
    ),
    "enrol confirm": Use(
        lambda ground: (ground.waiting(), *ground.lone),
        refused("enrolment-unknown", 5, "eu:0", "--as", "eu-registrar")
    ),
    "enrol redeem": Use(
        lambda ground: (ground.code(), "--out", ground.fresh(".json"), *EU),
        Refusal(lambda ground: ("AAAA", "--out", ground.fresh(".json"), *EU), "code-unknown", 5),
    ),
    "calendar-link list": Use(lambda ground: (ground.calendar_link(), EU)[1], OTHER_NODE),
    "calendar-link make": Use(lambda _: ("--holds", "awaited", *EU), OTHER_NODE),
    "calendar-link revoke": Use(
        lambda ground: (ground.calendar_link(), *EU), refused("feed-unknown", 5, "999999", *EU)
    ),
    "draft list": Use(lambda ground: (ground.typed(), EU)[1], OTHER_NODE),
    "draft discard": Use(
        lambda ground: (ground.typed(), *EU), refused("draft-unknown", 5, "999999", *EU)
    ),
    "template list": Use(lambda _: EU, OTHER_NODE),
    "template use": Use(
        lambda ground: ("state", "--thread", ground.shown, *EU),
        refused("template-unknown", 5, "nothing", *EU),
    ),
    "template keep": Use(
        lambda ground: (f"虚构{next(ground.numbers)}", "虚构文本", *EU),
        refused("template-empty", 3, "虚构名称", "", *EU),
    ),
    "template remove": Use(
        lambda ground: (ground.kept(), *EU), refused("template-side", 4, "state", *EU)
    ),
    "file show": Use(
        lambda ground: (*ground.attached(), *EU),
        Refusal(lambda ground: (ground.note("eu"), *EU), "file-unnamed", 5),
    ),
    "file preview": Use(
        lambda ground: (*ground.attached(), "-o", ground.fresh(".txt"), *EU),
        Refusal(
            lambda ground: (*ground.attached(), "--out", ground.file("虚构", ".txt"), *EU),
            "file-exists",
            3,
        ),
    ),
    "quarantine list": Use(lambda ground: (ground.find(), HEAD)[1], OTHER_NODE),
    "quarantine ask": Use(
        lambda ground: (ground.find(), "--reason", "虚构理由", *HEAD),
        refused("quarantine-unknown", 5, "虚构.txt", "--reason", "虚构理由", *HEAD),
    ),
    "quarantine agree": Use(
        lambda ground: (ground.asked_for(), *REGISTRAR),
        Refusal(lambda ground: (ground.find(), *REGISTRAR), "quarantine-unasked", 5),
    ),
    "quarantine download": Use(
        lambda ground: (ground.let_out(), "--out", ground.fresh(".zip"), *HEAD),
        Refusal(
            lambda ground: (ground.asked_for(), "--out", ground.file("虚构", ".zip"), *HEAD),
            "file-exists",
            3,
        ),
    ),
    "view list": Use(
        lambda ground: (ground.view(), "threads", *EU)[1:],
        refused("node-unknown", 3, "threads", "--node", "mars", *EU),
    ),
    "view save": Use(
        lambda ground: ("threads", f"视图{ground.fresh()[-3:]}", "show=closed", *EU),
        refused("request-malformed", 3, "threads", "视图", "show=some", *EU),
    ),
    "view rename": Use(
        lambda ground: ("threads", ground.view(), f"更名{ground.fresh()[-3:]}", *EU),
        refused("view-unknown", 5, "threads", "没有", "更名", *EU),
    ),
    "view remove": Use(
        lambda ground: ("threads", ground.view(), *EU),
        refused("view-unknown", 5, "threads", "没有", *EU),
    ),
    "preference show": Use(lambda _: EU, OTHER_NODE),
    "preference set": Use(
        lambda _: ("--rows", "close", "--language", "en", *EU),
        refused("node-unknown", 3, "--rows", "close", "--node", "mars", *EU),
    ),
    "notice list": Use(lambda _: EU, OTHER_NODE),
    "notice show": Use(lambda _: EU, OTHER_NODE),
    "notice choose": Use(
        lambda _: ("everything", *EU),
        refused("clock-malformed", 3, "mine", "--digest-at", "noon", *EU),
    ),
    "notice except": Use(
        lambda _: ("answer", "mail", "--told", "not", *EU),
        refused("node-unknown", 3, "answer", "mail", "--node", "mars", *EU),
    ),
    # Another person than the one whose news are listed, in whatever order.
    "notice seen": Use(lambda _: HEAD, OTHER_NODE),
    "session list": Use(lambda _: EU, OTHER_NODE),
    "session end": Use(lambda _: ("0", *EU), refused("session-unknown", 5, "999999", *EU)),
    "key stop": Use(
        lambda _: ("KMRT WPXH BDFL", "--mail", "nobody@eu.example", *EU),
        refused("request-malformed", 3, "KMRT", "--mail", "x" * 201, *EU),
    ),
    "thread list": Use(
        lambda _: (
            "--show", "all", "--holder", "-", "--label", "", "--sort", "oldest",
            "--since", "2020-01-01", *EU,
        ),
        refused("batch-unknown", 5, "--batch", "EU-999999", *EU),
    ),
    "thread show": Use(
        lambda ground: (ground.shown, *CN),
        refused("thread-unknown", 5, "EU-999999", *EU),
    ),
    "thread dossier": Use(
        lambda ground: (ground.shown, "--edition", "internal", "--out", ground.fresh(".pdf"), *CN),
        Refusal(
            lambda ground: (ground.shown, "--out", ground.file("虚构", ".pdf"), *CN),
            "file-exists",
            3,
        ),
    ),
    "thread open": Use(
        lambda _: ("虚构事项", "--marking", "none", *CN),
        refused("batch-unknown", 5, "虚构", "--batch", "EU-999999", *EU),
    ),
    "thread ask": Use(
        lambda _: (
            *("A-1", "A-2", "--subject", "虚构", "--ask", "虚构【申请编号】 | +2h"),
            *("--marking", "none", *TYPED, *CN),
        ),
        refused("text-empty", 3, "A-1", "--subject", "虚构", *EU),
    ),
    "thread close": Use(
        lambda ground: (ground.thread(), *EU),
        Refusal(lambda ground: (ground.arrived(ground.thread("cn"), "eu"), *EU), "owner", 4),
    ),
    "thread assign": Use(
        lambda ground: (ground.thread(), "--remark", "休假期间（虚构）。", *EU),
        refused("person-absent", 5, "EU-999999", "--to", "999999", *EU),
    ),
    "thread follow": Use(
        lambda ground: (ground.shown, "--how", "watched", *EU),
        refused("thread-unknown", 5, "EU-999999", *EU),
    ),
    "thread marks": Use(
        lambda ground: (ground.call("thread", "label", "磁材", ground.shown, by="eu"), EU)[1],
        OTHER_NODE,
    ),
    "thread done": Use(
        lambda ground: (ground.shown, *EU),
        refused("thread-unknown", 5, "EU-999999", *EU),
    ),
    "thread remind": Use(
        lambda ground: (ground.shown, *EU),
        Refusal(lambda ground: (ground.shown, "--on", "2020-01-01", *EU), "mark-day", 3),
    ),
    "thread label": Use(
        lambda ground: ("磁材", ground.shown, *EU),
        refused("thread-unknown", 5, "磁材", "EU-999999", *EU),
    ),
    "thread reference": Use(
        lambda ground: (ground.shown, "--set", "虚构函2026-47号", *EU),
        refused("thread-unknown", 5, "EU-999999", *EU),
    ),
    "thread unread": Use(
        lambda ground: (ground.shown, ground.shown, *EU),
        Refusal(lambda ground: (ground.shown, "EU-999999", *EU), "entry-unknown", 5),
    ),
    "note post": Use(
        lambda ground: (
            *(ground.thread(), "虚构内容。", "--ask", "虚构问题|+2h"),
            *("--marking", "sensitive", *TYPED, *EU),
        ),
        refused("thread-unknown", 5, "EU-999999", "虚构", *EU),
    ),
    "note acknowledge": Use(
        lambda ground: (*(ground.arrived(ground.note("cn"), "eu") for _ in range(2)), *EU),
        Refusal(lambda ground: (ground.note("eu"), *EU), "owner", 4),
    ),
    "note correct": Use(
        lambda ground: (ground.note("eu"), "更正后的虚构内容。", *EU),
        Refusal(lambda ground: (ground.arrived(ground.note("cn"), "eu"), "虚构", *EU), "owner", 4),
    ),
    "note translate": Use(
        lambda ground: (ground.arrived(ground.note("cn"), "eu"), "A fictional translation.", *EU),
        refused("words-empty", 3, "EU-999999", " ", *EU),
    ),
    "note withdraw": Use(
        lambda ground: (ground.note("eu"), "--reason", "重复发送（虚构）。", *EU),
        Refusal(
            lambda ground: (ground.arrived(ground.note("cn"), "eu"), "--reason", "虚构", *EU),
            "owner",
            4,
        ),
    ),
    "date list": Use(lambda _: EU, refused("date-malformed", 3, "--since", "x", *EU)),
    "date propose": Use(
        lambda ground: (ground.ask("eu"), soon(), *CN),
        Refusal(lambda ground: (ground.ask("eu"), soon(), *EU), "owner", 4),
    ),
    "date agree": Use(
        lambda ground: (
            ground.arrived(
                str(ground.call("date", "propose", ground.ask("eu"), soon(), by="cn")["position"]),
                "eu",
            ),
            *EU,
        ),
        Refusal(lambda ground: (ground.thread(), *EU), "proposal-expected", 3),
    ),
    "date accept": Use(
        lambda ground: (ground.ask("eu"), *CN),
        Refusal(lambda ground: (ground.ask("eu"), *EU), "deadline-proposal", 3),
    ),
    "date renew": Use(
        lambda ground: (ground.taken_back(), soon(), *EU),
        Refusal(lambda ground: (ground.ask("eu"), soon(), *EU), "deadline-not-withdrawn", 3),
        twice=False,
    ),
    "date refer": Use(
        lambda ground: (ground.ask("eu"), "--as", "eu-head"),
        Refusal(lambda ground: (ground.ask("eu"), "--as", "cn-head"), "owner", 4),
    ),
    "date rebase": Use(
        lambda _: EU, Refusal(lambda ground: (ground.ask("eu"), *EU), "deadline-rebase", 3)
    ),
    "batch list": Use(lambda _: CN, OTHER_NODE),
    "batch show": Use(
        lambda ground: (ground.batch, "--differs", "--sort", "urgency", *CN),
        refused("batch-unknown", 5, "EU-999999", *CN),
    ),
    "batch dossier": Use(
        lambda ground: (ground.batch, "--out", ground.fresh(".pdf"), *CN),
        Refusal(
            lambda ground: ("EU-999999", "--out", ground.fresh(".pdf"), *CN), "batch-unknown", 5
        ),
    ),
    "batch import": Use(
        lambda ground: (ground.weekly(), *TYPED, *EU),
        Refusal(lambda ground: (ground.weekly(), *CN), "owner", 4),
    ),
    "batch amend": Use(
        lambda ground: (ground.batch, ground.listed(urgency="urgent", stop_on=""), *TYPED, *EU),
        Refusal(lambda ground: (ground.batch, ground.weekly(), *EU), "amendment-other-list", 3),
    ),
    "batch answer": Use(
        lambda ground: (ground.batch, ground.answered(), *TYPED, *CN),
        Refusal(lambda ground: (ground.batch, ground.answered(), *EU), "owner", 4),
    ),
    "batch sheet": Use(
        lambda ground: (ground.batch, "--out", ground.fresh(".csv"), *CN),
        Refusal(
            lambda ground: ("EU-999999", "--out", ground.fresh(".csv"), *CN), "batch-unknown", 5
        ),
    ),
    "batch release": Use(
        lambda ground: (ground.draft(), "--as", "eu-head"),
        refused("clearance-unknown", 5, "0" * 64, "--as", "eu-head"),
    ),
    "batch waiting": Use(lambda ground: (ground.draft(), "--as", "eu-head")[1:], OTHER_NODE),
    "batch return": Use(
        lambda ground: (ground.draft(), "虚构说明", "--as", "eu-head"),
        refused("clearance-unknown", 5, "0" * 64, "虚构", "--as", "eu-head"),
    ),
    "application list": Use(
        lambda _: (
            "--batch", "", "--clock", "running", "--differs", "any", "--own", "",
            "--urgency", "urgent", "--sort", "own_as_of", *CN,
        ),
        refused("batch-unknown", 5, "--batch", "x", *EU),
    ),
    "application differences": Use(
        lambda _: ("--batch", "", "--differs", "any", "--sort", "peer_as_of", *CN),
        refused("batch-unknown", 5, "--batch", "x", *EU),
    ),
    "application show": Use(
        lambda _: (KNOWN, *CN), refused("application-unknown", 5, "FIKTIV-0", *EU)
    ),
    "application dossier": Use(
        lambda ground: (KNOWN, "--out", ground.fresh(".pdf"), *CN),
        Refusal(
            lambda ground: ("FIKTIV-0", "--out", ground.fresh(".pdf"), *EU),
            "application-unknown",
            5,
        ),
    ),
    "application assert": Use(
        lambda _: (
            KNOWN, "--state", "review", "--as-of", "2026-11-20", "--source", "bureau",
            "--clock", "accepted:2026-09-21", *TYPED, *CN,
        ),
        refused(
            "clock-malformed", 3, KNOWN, "--state", "review", "--as-of", "2026-11-20",
            "--source", "bureau", "--clock", "x", *CN,
        ),
    ),
    "application mark": Use(
        # Under review: it was accepted four weeks before the sample was loaded.
        lambda _: (
            "FIKTIV-26-0011632", "--act", "uncounted", "--on", in_days(-3), "--basis",
            "expert_opinion", "--expected-until", in_days(20), *TYPED, *CN,
        ),
        refused(
            "owner", 4, KNOWN, "--act", "uncounted", "--on", "2026-10-12", "--basis", "test", *EU
        ),
    ),
    "application revoke": Use(
        lambda ground: (
            *ground.approval(), "--on", in_days(-1), "--after", "review", *TYPED, *CN,
        ),
        refused(
            "owner", 4, KNOWN, "--approval", "CN-1", "--on", "2026-10-12", "--after", "review", *EU
        ),
    ),
    "application link": Use(
        lambda ground: (*(f"虚构-{next(ground.numbers)}" for _ in range(2)), *EU),
        refused("entry-malformed", 3, KNOWN, KNOWN, *EU),
    ),
    "licence list": Use(lambda _: CN, OTHER_NODE),
    "licence show": Use(
        lambda ground: (ground.licence(), *CN), refused("licence-unknown", 5, "虚构-0", *EU)
    ),
    "licence issue": Use(
        lambda ground: (*ground.issuing(f"虚构-{next(ground.numbers)}")[2:], *CN),
        Refusal(lambda ground: (*ground.issuing("虚构-0")[2:], *EU), "owner", 4),
    ),
    "licence draw": Use(
        lambda ground: (
            ground.licence(), "--line", "1C905.a:12.5:kg:gross", "--on", "2026-11-24", *TYPED, *CN,
        ),
        refused("licence-malformed", 3, "虚构", "--line", "x", "--on", "2026-12-08", *CN),
    ),
    "priority list": Use(
        lambda _: ("--state", "unanswered", "--sort", "oldest", *CN),
        refused("date-malformed", 3, "--since", "yesterday", *EU),
    ),
    "priority show": Use(
        lambda ground: (ground.request, *CN), refused("priority-unknown", 5, "EU-999999", *EU)
    ),
    "priority ask": Use(
        lambda _: (KNOWN, "--reason", "line_stop", *WHY, *EU),
        refused("owner", 4, KNOWN, "--reason", "line_stop", *WHY, *CN),
    ),
    "priority answer": Use(
        lambda ground: (ground.request, f"{KNOWN}=not_now:in_turn", *TYPED, *CN),
        Refusal(lambda ground: (ground.request, f"{KNOWN}=granted", *TYPED, *EU), "owner", 4),
    ),
    "review list": Use(lambda _: CN, OTHER_NODE),
    # The demonstration states no doubt, so there is nothing to sign.
    "review confirm": Use(lambda _: ("--all", *EU), refused("review-undoubted", 3, "EU-12", *EU)),
    "review disown": Use(lambda _: ("--all", *EU), refused("review-undoubted", 3, "EU-12", *EU)),
    "meeting list": Use(lambda _: CN, OTHER_NODE),
    "meeting show": Use(
        lambda ground: (str(ground.demo.call("meeting", "list", *EU)[0]["number"]), *CN),
        refused("meeting-unknown", 5, "EU-999999", *EU),
    ),
    "meeting hold": Use(
        lambda _: (
            "虚构会谈", "--on", "2026-11-19", "--place", "虚构地点",
            "--point", "promise:cn:2026-12-01 | 虚构要点", "--present", "eu:head", *TYPED, *EU,
        ),
        refused(
            "point-malformed", 3, "虚构", "--on", "2026-11-19", "--place", "虚构", "--point", "x",
            *EU,
        ),
    ),
    "meeting add": Use(
        lambda ground: (ground.held(), "promise:cn | 虚构要点", "statement:eu | 虚构要点", *EU),
        Refusal(lambda ground: (ground.held(), "statement:eu | 虚构要点", *CN), "owner", 4),
    ),
    "meeting mark": Use(
        lambda ground: (ground.meeting(), "--agreed", *CN),
        Refusal(lambda ground: (ground.meeting(), "--agreed", *EU), "owner", 4),
    ),
    "alarm list": Use(lambda _: REGISTRAR, OTHER_NODE),
    # The demonstration has no alarm: nothing can be taken.
    "alarm take": Use(
        lambda ground: (ground.alarm(), *REGISTRAR), refused("alarm-unknown", 5, "999", *REGISTRAR)
    ),
    "by-country": Use(lambda _: EU, refused("not-found", 5, *CN)),
    "alert list": Use(
        lambda _: ("--show", "all", "--sort", "oldest", *EU),
        refused("date-malformed", 3, "--since", "yesterday", *EU),
    ),
    "alert test": Use(
        lambda _: ("--as", "eu-head"),
        refused("channel-unknown", 5, "--channel", "x", "--as", "eu-head"),
    ),
    "alert key": Use(
        lambda ground: (ground.fresh(),),
        Refusal(lambda ground: (ground.file("x", ".key"),), "key-file-exists", 3),
    ),
    "sample year": Use(
        lambda _: (), Refusal(lambda ground: ("--data", ground.fresh()), "demo-missing", 5)
    ),
}  # fmt: skip
