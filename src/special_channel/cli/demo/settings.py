"""The settings file of a demonstration's node, rewritten at every start.

Does not repeat defaults; config/node.toml explains every setting.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from special_channel.cli.demo.folder import Folder
from special_channel.cli.machine import MACHINE
from special_channel.cli.party import pin_section
from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.wiring.founding import Founded
from special_channel.wiring.sources import DemoClock


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the demonstration runs.

    `past`: the clock of both nodes and all signers while the demonstration loads a past year.
    """

    folder: Folder
    config: Path
    ports: Mapping[Party, int]
    past: DemoClock | None = None

    @property
    def now(self) -> Callable[[], datetime]:
        """The demonstration's time."""
        return MACHINE.now if self.past is None else self.past.now

    def url(self, party: Party) -> str:
        """A node's web address."""
        return f"http://localhost:{self.ports[party]}"


def write_settings(plan: Plan, founded: Mapping[Party, Founded]) -> None:
    """Write the settings of the two nodes, with pins after founding."""
    for party in PARTIES:
        file = plan.folder.settings(party)
        file.parent.mkdir(parents=True, exist_ok=True)
        pins = "\n".join(pin_section(founded[each]) for each in PARTIES if each in founded)
        file.write_text(_settings(plan, party) + pins, encoding="utf-8")


def _settings(plan: Plan, party: Party) -> str:
    config, own = plan.config.resolve(), plan.folder.party(party).resolve()
    return f"""\
# Written by ./run at each start; change config/node.toml for a node of your own.

[node]
party = "{party}"
origin = "{party}.channel.example/log"
private_origin = "{party}.channel.example/private"
url = "{plan.url(party)}"
host = "127.0.0.1"
port = {plan.ports[party]}
data = {_text(own / "data")}
keys = {_text(own / "keys")}
language = "{"en" if party == "eu" else "zh-CN"}"

[link]
peer = "{plan.url(peer_of(party))}"

[escalation]
ladder = {_text(config / "ladders" / f"{party}.toml")}
calendars = {_text(config / "calendars")}

[writing]
templates = {_text(config / "templates" / f"{party}.toml")}

[limits]
acts_per_hour = 6000

# Two nodes and their databases share a machine, and the record is checked all the time.
[check]
entries_per_second = 5

[demo]
mailbox = true
confirm_codes = true
{_clock(plan)}
[telemetry]
level = "info"

"""


def _clock(plan: Plan) -> str:
    return "" if plan.past is None else f"clock = {_text(plan.folder.clock.resolve())}\n"


def _text(path: Path) -> str:
    # A JSON string is a TOML basic string (TOML 1.0, "String").
    return json.dumps(str(path), ensure_ascii=False)
