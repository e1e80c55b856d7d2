"""A node opens its key files: credentials of systemd, sealed files, files of its user alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from special_channel.config import Settings
from special_channel.core.bytes.errors import Malformed
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.sealing import seal
from special_channel.wiring.files import key_file
from tests.channel import settings

PHRASE = "six words drawn from a list"
FIRST, SECOND = (KeyFile.make("eu", "node", bytes([seed]) * 32) for seed in (1, 2))


def of_node(folder: Path, **node: object) -> Settings:
    made = settings(folder, "eu", {"eu": 1, "cn": 2})
    return made.model_copy(update={"node": made.node.model_copy(update=node)})


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "eu" / "keys"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def code_of(of: Settings) -> str:
    with pytest.raises(Malformed) as refused:
        key_file(of, "node")
    return refused.value.code


def test_credential_comes_before_the_file_in_the_folder(tmp_path, keys, credentials):
    FIRST.write(keys / "node.json")
    assert key_file(of_node(tmp_path), "node").key == FIRST.key
    passed = credentials / "node.json"
    SECOND.write(passed)
    passed.chmod(0o440)  # as systemd shows a credential that an access list opens to one user
    assert key_file(of_node(tmp_path), "node").key == SECOND.key
    passed.chmod(0o444)
    assert code_of(of_node(tmp_path)) == "key-file-open"


def test_sealed_key_file_of_a_node_needs_its_passphrase_file(tmp_path, keys, credentials):
    FIRST.write(keys / "node.json", seal(FIRST.seed, FIRST.key, PHRASE, bytes, cost=2**14))
    assert code_of(of_node(tmp_path)) == "key-file-sealed"
    phrase = tmp_path / "phrase"
    phrase.write_text(PHRASE, encoding="utf-8")
    phrase.chmod(0o640)
    named = of_node(tmp_path, passphrase_file=phrase)
    assert code_of(named) == "key-file-open"
    phrase.chmod(0o600)
    assert key_file(named, "node").key == FIRST.key
    passed = credentials / "passphrase"
    passed.write_text(PHRASE, encoding="utf-8")
    passed.chmod(0o440)
    assert key_file(of_node(tmp_path, passphrase_file=passed), "node").key == FIRST.key
