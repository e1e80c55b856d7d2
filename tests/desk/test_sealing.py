"""A key file sealed with a passphrase opens with it alone, and unchanged alone."""

from __future__ import annotations

import json

import pytest

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.sealing import passphrase_in, seal, unseal

SEED = bytes(range(32))
KEY = KeyFile.make("eu", "root", SEED)
PHRASE = "six words drawn from a list"
CHEAP = 2**14


def draw(length: int) -> bytes:
    return bytes([7]) * length


def sealed(phrase=PHRASE):
    return seal(SEED, KEY.key, phrase, draw, cost=CHEAP)


def code_of(act) -> str:
    with pytest.raises((Malformed, NotFound)) as refused:
        act()
    return refused.value.code


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "root-1.json"
    KEY.write(path, sealed())
    return path


def test_sealed_key_file_opens_with_its_passphrase(file):
    asked: list[str] = []

    def ask(name: str) -> str:
        asked.append(name)
        return f" {PHRASE}\n"

    read = KeyFile.read(file, ask)
    assert (read.key, read.seed, asked) == (KEY.key, SEED, ["root-1.json"])
    assert json.loads(file.read_text("utf-8")).keys() == {
        "v", "party", "key", "suite", "role", "unit", "desk", "sealed",
    }  # fmt: skip


def test_sealed_key_file_without_the_passphrase_stays_closed(file):
    assert code_of(lambda: KeyFile.read(file)) == "key-file-sealed"
    assert code_of(lambda: KeyFile.read(file, lambda _: "another passphrase")) == "passphrase-wrong"


@pytest.mark.parametrize("field", ["salt", "nonce", "box"])
def test_changed_byte_of_a_sealed_key_file_is_noticed(file, field):
    content = json.loads(file.read_text("utf-8"))
    text = content["sealed"][field]
    content["sealed"][field] = ("B" if text[0] == "A" else "A") + text[1:]
    file.write_text(json.dumps(content), "utf-8")
    assert code_of(lambda: KeyFile.read(file, lambda _: PHRASE)) == "passphrase-wrong"


def test_secret_of_one_key_file_does_not_open_in_another(file):
    content = json.loads(file.read_text("utf-8"))
    content["key"] = KeyFile.make("eu", "root", bytes(32)).key
    file.write_text(json.dumps(content), "utf-8")
    assert code_of(lambda: KeyFile.read(file, lambda _: PHRASE)) == "passphrase-wrong"


@pytest.mark.parametrize(
    "changed",
    [{"n": 2**21}, {"n": 2**13}, {"n": 2**14 + 1}, {"r": 64}, {"p": 0}, {"kdf": "pbkdf2"}],
    ids=str,
)
def test_cost_out_of_bounds_is_refused_before_it_is_paid(file, changed):
    content = json.loads(file.read_text("utf-8"))
    content["sealed"] |= changed
    file.write_text(json.dumps(content), "utf-8")
    assert code_of(lambda: KeyFile.read(file, lambda _: PHRASE)) == "key-file-malformed"


@pytest.mark.parametrize("secrets", [("seed", "sealed"), ()], ids=["both", "none"])
def test_key_file_has_one_secret(file, secrets):
    content = json.loads(file.read_text("utf-8"))
    plain = file.with_name("plain.json")
    KEY.write(plain)
    both = content | json.loads(plain.read_text("utf-8"))
    kept = {name: value for name, value in both.items() if name not in {"seed", "sealed"}}
    file.write_text(json.dumps(kept | {name: both[name] for name in secrets}), "utf-8")
    assert code_of(lambda: KeyFile.read(file, lambda _: PHRASE)) == "key-file-malformed"


def test_passphrase_has_twelve_characters_at_least():
    assert unseal(sealed("twelve chars"), KEY.key, "twelve chars") == SEED
    for short in ("eleven char", "  padded    "):
        assert code_of(lambda short=short: sealed(short)) == "passphrase-short"


def test_one_letter_written_in_two_ways_is_one_passphrase():
    assert unseal(sealed("cafe\u0301 au lait sucre"), KEY.key, "café au lait sucre") == SEED


def test_passphrase_of_a_file_is_its_first_line_for_its_owner_alone(tmp_path):
    file = tmp_path / "passphrase"
    assert code_of(lambda: passphrase_in(file)) == "file-unreadable"
    file.write_text(f"{PHRASE}\nmore\n", encoding="utf-8")
    file.chmod(0o640)
    assert code_of(lambda: passphrase_in(file)) == "key-file-open"
    assert passphrase_in(file, closed=0o007) == PHRASE
    file.chmod(0o600)
    assert passphrase_in(file) == PHRASE
    file.write_text("\n", encoding="utf-8")
    assert code_of(lambda: passphrase_in(file)) == "passphrase-needed"
