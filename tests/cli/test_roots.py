"""The root's commands refuse what a holder must not sign, and ask for passphrases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from special_channel.cli import passphrases
from special_channel.cli.app import run
from special_channel.core.bytes.errors import Malformed
from special_channel.desk.keyfile import KeyFile
from tests.desk.test_root_files import PARTS, request, signed

PHRASE = "six words drawn from a list"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "request.json").write_bytes(request().encode())
    PARTS.parts[0].write(tmp_path / "part.json")
    phrase = tmp_path / "phrase"
    phrase.write_text(PHRASE, encoding="utf-8")
    phrase.chmod(0o600)
    return tmp_path


def words(folder: Path, *more: str) -> list[str]:
    return [
        "root",
        "sign",
        str(folder / "request.json"),
        "--part",
        str(folder / "part.json"),
        *more,
    ]


def test_request_with_other_words_is_not_signed(folder, capsys):
    file = folder / "request.json"
    document = json.loads(file.read_text("utf-8"))
    document["words"]["en"][1] = "Role: official"
    file.write_text(json.dumps(document), encoding="utf-8")
    assert run(words(folder, "--yes")) == 3
    assert capsys.readouterr().err.startswith("root-words-differ: ")
    assert len(list(folder.iterdir())) == 3


def test_act_is_shown_in_both_languages_and_signed_after_a_yes(folder, capsys, monkeypatch):
    for answer, exits in (("no", 1), ("y", 0)):
        monkeypatch.setattr("sys.stdin", _Typed(answer))
        assert run(words(folder)) == exits
        shown = capsys.readouterr().out
        assert "The root of the EU side acts: Grant of a function." in shown
        assert "欧方根密钥行为" in shown
        assert (folder / f"request-{PARTS.parts[0].key[3:11]}.json").exists() is (exits == 0)


class _Typed:
    """Standard input of a person who types one line."""

    def __init__(self, line: str) -> None:
        self.line = line

    def readline(self) -> str:
        return f"{self.line}\n"

    def isatty(self) -> bool:
        return True


def test_sealed_part_is_made_checked_and_used_by_its_passphrase(folder, capsys):
    phrase = ("--passphrase-file", str(folder / "phrase"))
    out = folder / "made"
    made = ("root", "make", "--party", "eu", "--parts", "2", "--threshold", "1", "--out", str(out))
    assert run([*made, *phrase]) == 0
    part = next(out.glob("*-1.json"))
    assert run(["root", "check", str(part), *phrase, "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["key"] == json.loads(part.read_text("utf-8"))["key"]
    assert run(["root", "check", str(part)]) == 3
    assert capsys.readouterr().err.startswith("passphrase-needed: ")
    new = folder / "plain.json"
    assert run(["seal", str(folder / "part.json"), "--out", str(new), *phrase]) == 0
    assert KeyFile.read(new, lambda _: PHRASE).key == PARTS.parts[0].key


def test_each_file_is_shown_for_what_it_is(folder, capsys):
    made = request()
    (folder / "signed.json").write_bytes(signed(made, PARTS.parts[0])[0])
    for name, field in (("signed.json", "signed_by"), ("request.json", "kind")):
        assert run(["root", "check", str(folder / name), "--json"]) == 0
        assert field in json.loads(capsys.readouterr().out)


def test_new_passphrase_is_typed_twice(monkeypatch):
    monkeypatch.setattr("sys.stdin", _Typed(""))
    typed = iter([PHRASE, PHRASE, PHRASE, "another passphrase"])
    assert passphrases.new_passphrase(None, "part", lambda _: next(typed)) == PHRASE
    with pytest.raises(Malformed) as refused:
        passphrases.new_passphrase(None, "part", lambda _: next(typed))
    assert refused.value.code == "passphrase-differs"
