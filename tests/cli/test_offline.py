"""Commands that run without a node."""

from __future__ import annotations

import json
import stat
from hashlib import sha256
from pathlib import Path

import pytest

from special_channel.cli.app import COMMANDS, run
from special_channel.cli.exporting import left_out
from special_channel.cli.files import write_whole, written_whole
from special_channel.cli.places import place
from special_channel.core.bytes.errors import Malformed, Unavailable
from special_channel.desk.charter import read_charter
from tests.bundles import trust_file
from tests.export.bundling import bundle
from tests.stories import busy


def test_each_command_explains_itself(capsys):
    for name in COMMANDS:
        assert run([name, "--help"]) == 0
        assert "Usage: special-channel" in capsys.readouterr().out


def test_without_arguments_all_commands_are_listed(capsys):
    run([])
    told = capsys.readouterr()
    for name in COMMANDS:
        assert f"  {name} " in told.out + told.err


@pytest.mark.parametrize(
    "typed",
    [
        ["nothing"],
        ["verify"],
        ["thread", "nothing"],
        ["deadline", "--working-days", "many"],
        ["--nothing"],
    ],
)
def test_a_wrong_command_line_ends_with_2_and_keeps_standard_output_clean(typed, capsys):
    assert run(typed) == 2
    assert capsys.readouterr().out == ""


def test_a_bundle_that_is_not_there_ends_with_3(tmp_path, capsys):
    trust = tmp_path / "trust.json"
    trust.write_text("{}")
    assert run(["verify", str(tmp_path / "none.zip"), "--trust", str(trust)]) == 3
    assert run(["verify", str(trust), "--trust", str(tmp_path / "none.json")]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert "trust-malformed" in told.err


@pytest.fixture(scope="module")
def bundle_files(tmp_path_factory) -> tuple[str, str, Path]:
    """A bundle of a told story, its trust file and a folder to write to."""
    folder = tmp_path_factory.mktemp("bundle")
    world = busy().world
    (folder / "bundle.zip").write_bytes(bundle(world))
    (folder / "trust.json").write_bytes(trust_file(world))
    return str(folder / "bundle.zip"), str(folder / "trust.json"), folder


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en_GB.UTF-8", ("the whole record.", "made from the proven entries", "Nothing was")),
        ("zh_CN.UTF-8", ("范围：全部记录。", "依已核实条目生成", "未向")),
    ],
)
def test_verify_writes_fresh_files_or_says_why_not(
    locale, said, bundle_files, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("LC_ALL", locale)
    scope, wrote, nothing = said
    data, trust, _ = bundle_files
    fresh = tmp_path / "fresh"
    assert run(["verify", data, "--trust", trust, "--derive", str(fresh)]) == 0
    told = capsys.readouterr().out
    assert scope in told
    assert wrote in told
    assert (fresh / "data" / "view" / "index.html").is_file()
    assert run(["verify", data, "--trust", trust, "--derive", str(fresh)]) == 3
    assert "derive-folder" in capsys.readouterr().err
    broken = tmp_path / "broken.zip"
    content = bytearray(Path(data).read_bytes())
    content[len(content) // 2] ^= 1
    broken.write_bytes(content)
    other = tmp_path / "other"
    assert run(["verify", str(broken), "--trust", trust, "--derive", str(other)]) == 1
    assert nothing in capsys.readouterr().out
    assert not other.exists()


def test_verify_prints_scope_exporter_and_effect_as_json(bundle_files, capsys):
    data, trust, _ = bundle_files
    assert run(["verify", data, "--trust", trust, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["scope"] == {"kind": "everything"}
    assert report["export"]["by"] == "eu"
    assert report["export"]["basis"] == "Article 1"
    assert set(report["effect"]) == {"en", "zh"}


def test_export_without_damaged_entries_says_so():
    english = left_out(["EU-5", "CN-7"], "en")
    assert "left out of the bundle: EU-5, CN-7." in english
    assert "not proven" in english
    assert "未列入证据包的条目：EU-5、CN-7。" in left_out(["EU-5", "CN-7"], "zh-CN")


def test_download_that_breaks_off_leaves_no_file(tmp_path):
    file = tmp_path / "bundle.zip"
    file.write_bytes(b"before")

    def broken_off() -> None:
        with written_whole(file) as target:
            target.write(b"half")
            raise Unavailable("node-unreachable", "The node does not answer.")

    with pytest.raises(Unavailable):
        broken_off()
    assert [each.name for each in tmp_path.iterdir()] == ["bundle.zip"]
    assert file.read_bytes() == b"before"


def test_an_error_is_told_in_the_readers_language(tmp_path, capsys, monkeypatch):
    missing = str(tmp_path / "none.toml")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert run(["rebuild", "--config", missing]) == 3
    chinese = capsys.readouterr().err
    assert run(["--lang", "en", "resume", "--config", missing]) == 3
    english = capsys.readouterr().err
    assert chinese.startswith("settings-missing: ")
    assert english.startswith("settings-missing: ")
    assert chinese != english
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


def test_a_key_file_is_for_its_owner_alone_and_is_never_overwritten(tmp_path, capsys):
    file = tmp_path / "one.json"
    typed = ["keygen", str(file), "--party", "cn", "--role", "desk", "--desk", "licensing"]
    assert run([*typed, "--unit", "许可处", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    assert run(typed) == 3
    assert "key-file-exists" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert json.loads(before)["key"] == made["key"]
    assert json.loads(before)["unit"] == "许可处"


def test_two_keys_are_never_the_same(tmp_path, capsys):
    for name in ("one", "two"):
        typed = ["keygen", str(tmp_path / name), "--party", "eu", "--role", "desk"]
        assert run([*typed, "--desk", "permits", "--json"]) == 0
    one, two = map(json.loads, capsys.readouterr().out.splitlines())
    assert one["public"] != two["public"]


def test_a_due_time_is_counted_offline_and_explained(capsys):
    typed = ["deadline", "--calendar", "cn", "--from", "2026-09-01", "--working-days", "45"]
    assert run([*typed, "--json"]) == 0
    counted = json.loads(capsys.readouterr().out)
    assert counted["due"] == "2026-11-09T09:30:00Z"  # as tests/core/test_statutory.py has it
    assert counted["provisional"] is False
    assert any(each["kind"] == "make-up" for each in counted["runs"])
    assert run(typed) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2026-11-09 17:30 Asia/Shanghai"
    assert lines[1] == (
        "From 2026-09-01, which does not count: 45 working days of the answering side."
    )
    assert lines[2].split() == ["2026-09-02", "–", "2026-09-18", "1–13", "working", "days"]
    assert "  2026-09-20                    14  worked to make up: for National Day" in lines
    assert "  2026-10-01 – 2026-10-07           closed: National Day" in lines
    assert lines[-1] == "Calendar cn-2026-1: as published."


def test_a_due_time_is_explained_in_chinese(capsys):
    typed = ["deadline", "--calendar", "cn", "--from", "2026-09-01", "--working-days", "45"]
    assert run([*typed, "--lang", "zh-CN"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2026-11-09 17:30 Asia/Shanghai"
    assert lines[1] == "自2026-09-01起（当日不计），答复方45个工作日。"
    assert "  2026-10-01 – 2026-10-07           放假：国庆节" in lines
    assert lines[-1] == "工作日历cn-2026-1：依据正式公布文本。"


def test_a_joint_count_names_both_calendars_and_which_is_derived(capsys):
    typed = ["deadline", "--calendar", "eu", "--from", "2026-04-30", "--working-days", "3"]
    assert run([*typed, "--both"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2026-05-08 17:30 Europe/Brussels"
    assert "  2026-05-04 – 2026-05-05           closed on the other side: Labour Day" in lines
    assert lines[-2:] == [
        "Calendar eu-2026-1: derived, to be checked against the official publication.",
        "Calendar cn-2026-1: as published.",
    ]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "no calendar in use yet; weekdays assumed"),
        ("zh-CN", "工作日历尚未启用，暂按周一至周五计"),
    ],
)
def test_past_coverage_it_says_so_in_both_languages(capsys, lang, said):
    typed = ["deadline", "--calendar", "cn", "--from", "2026-11-24", "--working-days", "45"]
    assert run([*typed, "--lang", lang]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "2027-01-26 17:30 Asia/Shanghai"
    assert out.splitlines()[1].startswith(("provisional: ", "暂定："))
    assert said in out


def test_a_due_time_beyond_the_calendars_is_called_provisional(capsys):
    typed = [
        "deadline",
        "--calendar",
        "cn",
        "--from",
        "2026-11-24",
        "--working-days",
        "45",
        "--json",
    ]
    assert run(typed) == 0
    assert json.loads(capsys.readouterr().out)["provisional"] is True


def test_a_start_that_is_no_date_is_refused(capsys):
    assert run(["deadline", "--calendar", "eu", "--from", "tomorrow", "--working-days", "5"]) == 3
    assert "date-malformed" in capsys.readouterr().err


def test_a_command_that_signs_asks_for_a_key_file(capsys, tmp_path):
    assert run(["inbox", "--node", "eu", "--data", str(tmp_path)]) == 4
    assert "key-file-needed" in capsys.readouterr().err


def test_a_key_file_that_others_may_read_is_not_used(capsys, tmp_path):
    file = tmp_path / "one.json"
    run(["keygen", str(file), "--party", "eu", "--role", "desk", "--desk", "permits"])
    file.chmod(0o644)
    assert run(["inbox", "--as", str(file), "--data", str(tmp_path)]) == 3
    assert "key-file-open" in capsys.readouterr().err


def test_a_node_is_eu_cn_or_an_address(capsys, tmp_path):
    file = tmp_path / "one.json"
    run(["keygen", str(file), "--party", "eu", "--role", "desk", "--desk", "permits"])
    assert run(["inbox", "--as", str(file), "--node", "fr", "--data", str(tmp_path)]) == 3
    assert "node-unknown" in capsys.readouterr().err


def test_the_charter_of_the_demonstration_has_one_digest(capsys):
    assert run(["charter", "build", "--json"]) == 0
    assert run(["charter", "build", "--json"]) == 0
    one, two = map(json.loads, capsys.readouterr().out.splitlines())
    assert one == two
    assert one["number"] == 1


OF_A_DESK = ("--party", "eu", "--role", "desk", "--desk", "permits", "--unit", "A.1")


@pytest.mark.parametrize(
    ("typed", "code", "exit_code"),
    [
        (["keygen", *OF_A_DESK, "{nowhere}/key.json"], "file-unwritable", 3),
        (["alert", "key", "{nowhere}/key"], "file-unwritable", 3),
        (["verify", "{here}", "--trust", "{nowhere}/trust.json"], "file-unreadable", 3),
        (["status", "--as", "{key}", "--trust", "{nowhere}/trust.json"], "file-unreadable", 5),
        (["status", "--as", "{key}", "--trust", "{here}"], "file-unreadable", 5),
    ],
)
def test_a_file_that_cannot_be_read_or_written_is_named(typed, code, exit_code, tmp_path, capsys):
    key = tmp_path / "key.json"
    assert run(["keygen", *OF_A_DESK, str(key)]) == 0
    places = {"nowhere": str(tmp_path / "none"), "here": str(tmp_path), "key": str(key)}
    capsys.readouterr()
    assert run([each.format(**places) for each in typed]) == exit_code
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"{code}: ")


def test_what_is_written_whole_has_a_place_or_is_refused(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    write_whole(tmp_path / "bundle.zip", b"PK")
    for file in (tmp_path / "none" / "bundle.zip", folder):
        with pytest.raises(Malformed) as refused:
            write_whole(file, b"PK")
        assert refused.value.code == "file-unwritable"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["bundle.zip", "folder"]


def test_settings_that_are_not_toml_name_the_file_and_the_place(tmp_path, capsys):
    file = tmp_path / "node.toml"
    file.write_text("# settings\nnot a setting\n")
    assert run(["rebuild", "--config", str(file)]) == 3
    told = capsys.readouterr().err
    assert told.startswith("settings-not-toml: ")
    assert "node.toml" in told
    assert "line 2" in told


def test_the_demonstrations_trust_file_is_for_its_own_nodes_alone(tmp_path):
    key = tmp_path / "key.json"
    assert run(["keygen", *OF_A_DESK, str(key)]) == 0
    (tmp_path / "trust.json").write_text("nobody's")
    (tmp_path / "nodes.json").write_text('{"eu": "http://localhost:1", "cn": "http://localhost:2"}')
    assert place("https://eu.channel.example", key, None, tmp_path).trust is None
    with pytest.raises(Malformed) as refused:
        place("eu", key, None, tmp_path)
    assert refused.value.code == "trust-malformed"


def test_sample_charter_states_its_effect_in_both_languages(tmp_path):
    out = tmp_path / "charter.json"
    assert run(["charter", "build", "--out", str(out)]) == 0
    _, charter = read_charter(out.read_bytes())
    assert charter.effect_en == (
        "Dates in this channel are working arrangements between the two desks. An answer, an"
        " acknowledgement, a date that has passed or the absence of an answer is no admission and"
        " no undertaking, creates no obligation under the law of either side, and affects neither"
        " the time limits of any law nor the position of either side."
    )
    assert charter.effect_zh == (
        "本平台所列答复时间系双方经办部门的工作安排。答复、确认收悉、答复时间已到或者尚无答复，均不构成"
        "任何一方的承认或者承诺，不产生任何一方法律上的义务，不影响法定期限和双方各自立场。"
    )


def test_a_charter_is_written_as_the_document_that_a_registrar_brings_to_the_page(tmp_path, capsys):
    out = tmp_path / "charter.json"
    assert run(["charter", "build", "--json", "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    data, charter = read_charter(out.read_bytes())
    assert (sha256(data).hexdigest(), charter.number) == (told["digest"], told["number"])
