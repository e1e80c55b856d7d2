"""config/node.toml explains every setting of config.py and no other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from special_channel.config import ChannelSection, PinSection, ScannerSection, Settings, load

FILE = Path(__file__).resolve().parents[2] / "config" / "node.toml"
TEXT = FILE.read_text(encoding="utf-8")
COMMENTED = re.compile(r"^# ([a-z_]+ = .+)$", re.MULTILINE)
WHOLE: dict[str, Any] = tomllib.loads(COMMENTED.sub(r"\1", TEXT))
"""The file with its commented settings switched on."""


def sections() -> dict[str, type[BaseModel]]:
    found = {}
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found[name] = field.annotation
    return found


@pytest.mark.parametrize("section", sorted(sections()))
def test_every_setting_of_a_section_stands_in_the_file_and_no_other(section):
    assert set(WHOLE[section]) == set(sections()[section].model_fields)


def test_the_file_has_all_sections_and_the_pins_of_both_parties():
    assert set(WHOLE) == set(Settings.model_fields)
    assert set(WHOLE["pins"]) == {"eu", "cn"}
    for pin in WHOLE["pins"].values():
        assert set(pin) == set(PinSection.model_fields)


def commented_lines() -> list[tuple[str, str]]:
    found, section = [], ""
    for line in TEXT.splitlines():
        section = line.strip("[]") if line.startswith("[") else section
        if match := re.match(r"# ([a-z_]+) = ", line):
            found.append((section, match[1]))
    return found


@pytest.mark.parametrize(("section", "setting"), commented_lines())
def test_a_commented_setting_shows_its_default(section, setting):
    default = sections()[section].model_fields[setting].default
    assert default is not PydanticUndefined
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if default is None:
        return  # a path that only an example can show
    if isinstance(default, tuple):
        default = list(default)  # TOML's form
    assert WHOLE[section][setting] == default


@pytest.mark.parametrize("line", dict.fromkeys(line for line in TEXT.splitlines() if " = " in line))
def test_every_setting_has_a_comment(line):
    if re.match(r"(# )?[a-z_]+ = ", line) and not re.match(r"(root|origin|link) = ", line):
        assert re.search(r"  # \S", line), line


EXAMPLES = tomllib.loads(
    "\n".join(re.findall(r"^#   (\[[a-z]+\..+\]|[a-z_]+ = [^#\n]+).*$", TEXT, re.MULTILINE))
)


@pytest.mark.parametrize(
    ("section", "model", "kinds"),
    [
        ("channels", ChannelSection, {"webhook", "mattermost", "dingtalk"}),
        ("scanners", ScannerSection, {"clamd", "icap"}),
    ],
)
def test_examples_are_settings_and_show_every_one(section, model, kinds):
    examples = EXAMPLES[section]
    assert {model(**fields).kind for fields in examples.values()} == kinds
    assert {name for fields in examples.values() for name in fields} == set(model.model_fields)


def test_a_node_can_be_configured_from_it():
    assert load(FILE).node.party == "eu"
