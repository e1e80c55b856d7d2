"""./run's command for real: two nodes, the sample, the commands of officials, a second start."""

from __future__ import annotations

import io
import itertools
import json
import re
import signal
import socket
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from special_channel.cli.app import run
from special_channel.cli.demo.command import SILENT_SECONDS
from special_channel.core.audit.trust import parse
from special_channel.sample import story
from special_channel.sample.story import worked
from special_channel.wiring.files import calendars
from tests.cli.demonstration import ROOT, free_ports
from tests.reasons import TYPED

SAMPLE = ROOT / "config/sample/threads.toml"

pytestmark = pytest.mark.timeout(300)


def test_the_guide_says_where_who_and_what(demo):
    text = "\n".join(demo.lines)
    eu, cn = demo.ports
    assert f"http://localhost:{eu}/" in text
    assert f"http://localhost:{cn}/" in text
    codes = re.findall(r"^  ([2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4})  (\S+)", text, re.MULTILINE)
    assert [who for _, who in codes] == [
        f"{party}-{each}"
        for party in ("eu", "cn")
        for each in ("desk-1", "desk-2", "head", "oversight", "registrar-2")
    ]
    assert len({code for code, _ in codes}) == 10
    assert demo.lines[-1] == f"ready  eu http://localhost:{eu}  cn http://localhost:{cn}"


STEPS = (
    "密钥和数据库已建立", "正在启动双方节点", "节点已启动", "正在通过章程",
    "enrolling the officials",
    "officials enrolled", "list L2026-47", "return sheet", "EU: ", "CN: ",
)  # fmt: skip


def test_every_step_of_a_start_says_that_it_is_at_work(demo):
    for step in STEPS:
        assert any(step in line for lines in demo.starts for line in lines), step
    for lines in demo.starts:
        times = [float(re.findall(r"\d+\.\d", line)[0]) for line in lines if line[0:1] == "["]
        # A step without news repeats itself; the margin is for a machine that is busy.
        silent = [late - early for early, late in itertools.pairwise(times)]
        assert max(silent, default=0) < SILENT_SECONDS + 2.5, lines


def test_keys_and_codes_are_for_their_owner_alone(demo):
    keys = sorted(path.stem for path in (demo.data / "keys").iterdir())
    assert len(keys) == 12
    assert set(parse((demo.data / "trust.json").read_bytes()).parties) == {"eu", "cn"}
    assert all(key.startswith(("eu-", "cn-")) for key in keys)
    for path in [*(demo.data / "keys").iterdir(), demo.data / "codes.json"]:
        assert path.stat().st_mode & 0o077 == 0


def test_both_nodes_hold_one_state(demo):
    one, two = (demo.call("status", "--as", f"{party}-desk-1")[0] for party in ("eu", "cn"))
    assert one["ready"]
    assert two["ready"]
    if (one["eu"], one["cn"]) == (two["eu"], two["cn"]):
        assert one["state"] == two["state"]


def test_a_load_that_was_killed_half_way_went_on_and_doubled_nothing(demo):
    assert not (demo.data / "loading.json").exists()
    threads = demo.call("thread", "list", "--show", "all", "--as", "eu-head")
    for tale in story.read(SAMPLE).threads:
        subject = re.sub(r"\\{.+?\\}", ".+", re.escape(tale.subject.en))
        [number] = [
            thread["number"]
            for thread in threads
            if any(re.fullmatch(subject, each) for each in thread["subjects"])
        ]
        said = Counter(
            (item["payload"]["kind"], item["payload"].get("ref"), tuple(item["texts"]))
            for item in demo.call("thread", "show", number, "--as", "cn-head")
            if item["type"] == "entry"
        )
        assert [each for each, count in said.items() if count > 1] == []
        shared = [step for step in tale.entries if step.kind != "internal"]
        assert len(said) >= 1 + len(shared)


def test_the_sample_is_there_in_both_languages(demo):
    threads = demo.call("thread", "list", "--show", "all", "--as", "cn-desk-1")
    assert len([item for item in threads if len(item["subjects"]) == 2]) == 14
    [batch] = [
        item for item in demo.call("batch", "list", "--as", "cn-head") if item["list"] == "L2026-47"
    ]
    assert batch["rows"] == 250
    rows = demo.call("batch", "show", batch["number"], "--limit", "250", "--as", "eu-desk-2")
    assert len(rows) == 251
    assert "Fictional" not in json.dumps(rows)


def test_an_official_asks_and_the_other_answers_from_the_command_line(demo, tmp_path):
    file = tmp_path / "specimen.txt"
    file.write_text("虚构\n", encoding="utf-8")
    # In a thread of its own: another test asks whether anything stands twice in the sample's.
    [opened] = demo.call(
        "thread", "open", "A matter of waiting", "--marking", "none", "--as", "eu-desk-2"
    )
    number = opened["position"]
    assert number.startswith("EU-")
    [asked] = demo.call(
        "note", "post", number, "Two lines.\n\nOf words.", "--translation", "两段话。",
        "--ask", "Will Friday do?|+1h|周五可以吗？", "--file", str(file), "--as", "eu-desk-1",
        "--marking", "none", *TYPED,
    )  # fmt: skip
    q = f"{asked['position']}:1"
    answer = demo.eventually(
        *(
            "note",
            "post",
            number,
            "可以。",
            "--answers",
            q,
            "--marking",
            "none",
            "--as",
            "cn-desk-2",
        )
    )
    demo.eventually("note", "acknowledge", answer["position"], "--as", "eu-desk-1")
    options = ("--as", "eu-desk-1", "--data", str(demo.data))
    again = demo.typed("note", "acknowledge", answer["position"], *options)
    assert "Receipt only; no view on the content." in again.stdout
    [ask] = [
        item
        for item in demo.call("thread", "show", number, "--as", "eu-head")
        if item["type"] == "ask" and f"EU-{item['index']}" == asked["position"]
    ]
    # The asker alone chose the date: it counts in no figure of timeliness.
    assert ask["outcome"] == "answered"


def test_officials_propose_and_agree_on_another_date(demo):
    number = demo.thread("stamp")
    typed = ["--ask", "May it be later?|+1h", "--marking", "none", "--as", "eu-desk-1"]
    typed += TYPED
    [asked] = demo.call("note", "post", number, "A date.", *typed)
    question, at = f"{asked['position']}:1", "2030-03-01T09:30:00Z"
    span = ["--suspended-from", "2030-01-28T00:00:00Z", "--suspended-to", "2030-02-05T00:00:00Z"]
    mine = demo.typed(
        "date", "propose", question, at, "--as", "eu-desk-1", "--data", str(demo.data)
    )
    assert mine.stderr.startswith("owner: ")
    given = demo.eventually("date", "propose", question, at, *span, "--as", "cn-desk-2")
    agreed = demo.eventually("date", "agree", given["position"], "--as", "eu-desk-1")
    [ask] = [
        item
        for item in demo.call("thread", "show", number, "--as", "eu-head")
        if item["type"] == "ask" and f"EU-{item['index']}" == asked["position"]
    ]
    _first, proposed, moved = ask["history"]
    assert (moved["what"], moved["basis"], moved["at"]) == ("moved", "suspended", at)
    assert moved["position"] == agreed["position"]
    assert (proposed["what"], proposed["standing"]) == ("proposed", "agreed")
    # Days of the suspension, on the calendar of the answering side.
    assert proposed["suspended"] == ["2030-01-28", "2030-02-04"]
    no_proposal = demo.typed(
        "date", "agree", asked["position"], "--as", "eu-desk-1", "--data", str(demo.data)
    )
    assert no_proposal.stderr.startswith("proposal-expected: ")


def test_china_states_that_time_is_not_counted_and_both_nodes_say_so(demo):
    # Under review since before the sample was loaded; no use of a command states anything on it.
    number = "FIKTIV-26-0011009"
    china, today = calendars(ROOT / "config/calendars")["cn"], datetime.now(UTC).date()
    # Time that is stated from a day off draws a question.
    since, until = (
        worked(today + timedelta(days=days), china.is_working_day, step)
        for days, step in ((-3, -1), (20, 1))
    )
    marked = ("application", "mark", number, "--act", "uncounted", "--on", since.isoformat())
    options = ("--basis", "site_check", "--expected-until", until.isoformat())
    [stated] = demo.call(*marked, *options, "--as", "cn-desk-1")
    demo.eventually("erase", stated["position"], "--as", "eu-desk-1")
    for party in ("eu", "cn"):
        [item] = demo.call("application", "show", number, "--as", f"{party}-desk-2")
        said = item["cn"]["clock"]["sentence"]
        assert said.startswith("MOFCOM: accepted ")
        days = [f"{day.day} {day:%b %Y}" for day in (since, until)]
        assert f"since {days[0]} (on-site check), expected until {days[1]}" in said
    theirs = demo.typed(*marked, *options, "--as", "eu-desk-1", "--data", str(demo.data))
    assert (theirs.returncode, theirs.stderr.partition(":")[0]) == (4, "owner")


def test_what_may_not_be_stated_is_refused_by_exit_code_and_in_words(demo):
    note = next(
        item["position"]
        for item in demo.call("thread", "show", demo.thread("stamp"), "--as", "eu-desk-1")
        if item["type"] == "entry" and item["payload"]["kind"] == "note.posted"
    )
    options = ("--as", "eu-desk-1", "--data", str(demo.data))
    done = demo.typed("note", "acknowledge", note, *options)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("owner: ")
    assert demo.typed("thread", "show", "EU-9999", *options).returncode == 5
    assert demo.typed("thread", "show", "nothing", *options).returncode == 3


def test_a_list_is_checked_dry_and_needs_a_second_official(demo, tmp_path):
    text = (ROOT / "config/sample/list-eu.csv").read_text(encoding="utf-8-sig")
    file = tmp_path / "list.csv"
    file.write_text(text.replace("L2026-47", "L2026-48"), encoding="utf-8-sig")
    *_, dry = demo.call("batch", "import", str(file), "--dry-run", "--as", "eu-desk-1")
    assert (dry["type"], dry["faults"]) == ("sheet", 0)
    assert "eu_company" in dry["stays"]
    assert "eu_company" not in dry["crosses"]
    [laid] = demo.call("batch", "import", str(file), *TYPED, "--as", "eu-desk-1")
    assert "L2026-48" not in listed(demo)
    waiting = demo.call("batch", "release", "--as", "eu-head")
    assert laid["id"] in {item["id"] for item in waiting}
    *seen, cleared = demo.call("batch", "release", laid["id"], "--as", "eu-head")
    stops = [row for row in text.splitlines() if "line_stop" in row]
    assert stops
    assert len([row for row in seen if row["type"] == "row"]) >= len(stops)
    assert cleared["position"].startswith("EU-")
    assert "L2026-48" in listed(demo)


def listed(demo) -> set[str]:
    return {item["list"] for item in demo.call("batch", "list", "--as", "eu-desk-1")}


def test_an_export_verifies_offline_and_a_flipped_byte_is_named(demo, tmp_path):
    bundle = tmp_path / "bundle.zip"
    number = demo.thread("returned")
    demo.call("export", "--thread", number, "--out", str(bundle), "--as", "cn-oversight")
    trust = str(demo.data / "trust.json")
    good = demo.typed("verify", str(bundle), "--trust", trust)
    assert (good.returncode, good.stdout.splitlines()[0]) == (0, "authentic-and-complete")
    data = bytearray(bundle.read_bytes())
    place = data.index(b'"payload"', data.index(b"/data/entries/"))
    data[place + 12] ^= 1
    bundle.write_bytes(data)
    told = json.loads(demo.typed("verify", str(bundle), "--trust", trust, "--json").stdout)
    [file] = {each["place"]["file"] for each in told["findings"] if each["code"] == "bag-digest"}
    assert file == place_in(bundle, place)
    for lang in ("en", "zh-CN"):
        bad = demo.typed("verify", str(bundle), "--trust", trust, lang=lang)
        assert bad.returncode in {1, 2, 3}
        assert f"{file}  bag-digest: " in bad.stdout
        assert re.search(r"  (EU|CN)-\d+  envelope-digest: ", bad.stdout)


def place_in(bundle: Path, at: int) -> str:
    """Name the file at an offset of a ZIP without compression."""
    with zipfile.ZipFile(bundle) as packed:
        before = [info for info in packed.infolist() if info.header_offset < at]
    return max(before, key=lambda info: info.header_offset).filename.partition("/")[2]


def test_a_code_is_used_once(demo, tmp_path):
    code = next(
        match[1] for line in demo.lines if (match := re.match(r"  (\S+)  cn-desk-2 ", line))
    )
    node = f"http://localhost:{demo.ports[1]}"
    options = ("--node", node, "--as", "cn-desk-1")
    [made] = demo.call("enrol", "redeem", code, "--out", str(tmp_path / "second.json"), *options)
    assert made["state"] == "confirmed"
    done = demo.typed(
        "enrol", "redeem", code, "--out", str(tmp_path / "third.json"), *options,
        "--data", str(demo.data),
    )  # fmt: skip
    assert done.returncode == 5
    assert "code-unknown" in done.stderr


def test_a_second_demonstration_keeps_off_the_folder(demo):
    eu, cn = free_ports()
    done = demo.typed("demo", "--data", str(demo.data), "--eu-port", str(eu), "--cn-port", str(cn))
    assert done.returncode == 6
    assert "data-in-use" in done.stderr


def test_it_ends_with_0_leaves_nothing_and_goes_on_with_the_same_record(demo):
    before = demo.call("status", "--as", "eu-desk-1")[0]
    family = demo.family()
    assert len(family) >= 6
    assert demo.stop(signal.SIGTERM) == 0
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    demo.start()
    after = demo.call("status", "--as", "eu-desk-1")[0]
    assert after["eu"] >= before["eu"]
    assert after["cn"] >= before["cn"]
    assert len(demo.call("thread", "list", "--show", "all", "--as", "eu-head")) >= 14
    codes = [line for line in demo.lines if re.match(r"  [2-9A-Z-]{14}  ", line)]
    assert len(codes) == 10


def test_nothing_outlives_a_killed_demonstration(demo):
    family = demo.family()
    assert demo.stop(signal.SIGKILL) == -signal.SIGKILL
    _, alive = psutil.wait_procs(family, timeout=40)
    assert alive == []


def test_a_folder_of_somebody_else_is_not_removed(tmp_path, capsys):
    (tmp_path / "letters.txt").write_text("mine")
    eu, cn = free_ports()
    typed = ["demo", "--data", str(tmp_path), "--eu-port", str(eu), "--cn-port", str(cn)]
    assert run([*typed, "--reset", "--yes"]) == 3
    assert "not-a-demo" in capsys.readouterr().err
    assert (tmp_path / "letters.txt").read_text() == "mine"


@pytest.fixture
def taken_port(monkeypatch) -> Iterator[str]:
    """A taken port, set as the EU node's port by the environment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        monkeypatch.setenv("SC_EU_PORT", port)
        monkeypatch.setenv("SC_CN_PORT", str(free_ports()[0]))
        yield port


def test_ports_and_folder_are_set_by_the_environment_too(tmp_path, capsys, monkeypatch, taken_port):
    monkeypatch.setenv("SPECIAL_CHANNEL_VAR", str(tmp_path / "var"))
    assert run(["demo"]) == 6
    assert taken_port in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["lock"]


def test_once_the_answer_is_yes_the_record_goes_and_nothing_else(
    tmp_path, capsys, monkeypatch, taken_port
):
    (tmp_path / "demo.json").write_text("{}")
    (tmp_path / "eu").mkdir()
    (tmp_path / "letters.txt").write_text("mine")
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert run(["demo", "--reset", "--data", str(tmp_path)]) == 6
    assert "[y/N]" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"letters.txt", "lock"}


def test_a_port_that_something_else_has_is_named_before_anything_is_made(tmp_path, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        eu, cn = taken.getsockname()[1], free_ports()[0]
        typed = ["demo", "--data", str(tmp_path / "var"), "--eu-port", str(eu), "--cn-port"]
        assert run([*typed, str(cn)]) == 6
    assert f"{eu}" in capsys.readouterr().err
    assert not (tmp_path / "var" / "eu").exists()
