"""deploy/ agrees with the program: commands, settings, paths, database roles."""

from __future__ import annotations

import re
import tempfile
from ipaddress import ip_address
from pathlib import Path

import asyncpg
import pytest

from special_channel.cli.app import COMMANDS
from special_channel.cli.exits import exit_code
from special_channel.config import Settings, load
from special_channel.core.bytes.errors import Corrupt
from special_channel.launcher import binaries
from special_channel.launcher.postgres import SUPERUSER, embedded_postgres
from special_channel.stores.migrations import LINK_ROLE, NODE_ROLE, migrate
from tests import servers
from tests.conftest import NO_FSYNC

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
SITE = (DEPLOY / "nginx" / "special-channel.conf").read_text(encoding="utf-8")
ROLES = (DEPLOY / "database" / "roles.sql").read_text(encoding="utf-8")


def values(unit: Path, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)


def test_there_is_a_unit_for_the_node_and_one_for_each_part():
    commands = {unit.stem: values(unit, "ExecStart")[0].split()[1] for unit in UNITS}
    assert commands == {
        "special-channel": "serve",
        "special-channel-web": "web",
        "special-channel-link": "link",
        "special-channel-escalate": "escalate",
    }
    assert set(commands.values()) <= set(COMMANDS)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_gives_up_what_the_node_does_not_need(unit):
    for setting in (
        "NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "MemoryDenyWriteExecute",
        "RestrictNamespaces", "ProtectKernelTunables", "LockPersonality", "RestrictSUIDSGID",
    ):  # fmt: skip
        assert values(unit, setting) == ["yes"], setting
    assert values(unit, "ProtectSystem") == ["strict"]
    assert values(unit, "CapabilityBoundingSet") == [""]
    assert values(unit, "User") == ["special-channel"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_record_that_fails_its_own_proof_is_not_started_again(unit):
    assert values(unit, "RestartPreventExitStatus") == [str(exit_code(Corrupt("x")))]


def test_each_part_has_its_own_port_for_its_monitor():
    ports = {
        unit.stem: [value for value in values(unit, "Environment") if "PORT" in value]
        for unit in UNITS
    }
    assert ports == {
        "special-channel": [],
        "special-channel-web": [],
        "special-channel-link": ["SPECIAL_CHANNEL_NODE__PORT=8711"],
        "special-channel-escalate": ["SPECIAL_CHANNEL_NODE__MONITOR_PORT=8721"],
    }


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_unit_may_write_the_data_folder(unit):
    """A registrar's calendars are kept there, and the rest of the disk is read-only."""
    assert values(unit, "StateDirectory") == ["special-channel"]


def test_credentials_are_named_like_the_files_that_a_node_reads():
    named = values(DEPLOY / "systemd" / "credentials.conf", "LoadCredentialEncrypted")
    assert [each.split(":")[0] for each in named] == [
        f"{role}.json" for role in ("node", "checkpoint", "cosigning", "link")
    ]


def settings_named() -> list[str]:
    texts = [(DEPLOY / "systemd" / "environment.example").read_text(encoding="utf-8")]
    texts += [unit.read_text(encoding="utf-8") for unit in UNITS]
    return sorted({name for text in texts for name in re.findall(r"SPECIAL_CHANNEL_[A-Z_]+", text)})


@pytest.mark.parametrize("name", settings_named())
def test_an_environment_variable_names_a_setting(name):
    section, _, setting = name.removeprefix("SPECIAL_CHANNEL_").lower().partition("__")
    assert setting in Settings.model_fields[section].annotation.model_fields


def test_the_proxy_lets_the_stream_through_and_keeps_the_inside_inside():
    blocks = dict(re.findall(r"location (?:= )?(\S+)\s+\{(.*?)\n?\s*\}", SITE, re.DOTALL))
    assert "proxy_buffering off" in blocks["/api/stream"]
    assert "gzip off" in blocks["/api/stream"]
    assert "proxy_request_buffering off" in blocks["/api/files"]
    assert "deny all" in blocks["/metrics"]
    assert "deny all" in blocks["/readyz"]
    assert re.search(r"deny\s+all", blocks["/link/v1/"])
    assert "TLSv1.3" in SITE
    assert "TLSv1.1" not in SITE


def test_proxy_overwrites_the_header_that_the_node_trusts():
    proxy = load(DEPLOY.parent / "config" / "node.toml").proxy
    set_by_site = re.findall(r"^\s*proxy_set_header (\S+)\s+(\S+);", SITE, re.MULTILINE)
    assert dict(set_by_site)[proxy.header] == "$remote_addr"
    # A location with headers of its own would inherit none of the server's.
    assert len(set_by_site) == len({name for name, _ in set_by_site})
    addresses = [ip_address(host) for host in re.findall(r"server (127\.[0-9.]+):", SITE)]
    assert addresses
    assert all(any(one in network for network in proxy.trusted) for one in addresses)


# What nginx may write of a request: neither its arguments nor where it came from.
LOGGED = {
    "$remote_addr", "$time_iso8601", "$request_method", "$uri", "$server_protocol", "$status",
    "$body_bytes_sent", "$request_time",
}  # fmt: skip


def proxy_servers() -> list[str]:
    """The directives of each `server` block, without comments."""
    directives = re.sub(r"#.*", "", SITE)
    return re.findall(r"^server \{\n(.*?)^\}", directives, re.DOTALL | re.MULTILINE)


def test_proxy_logs_paths_without_what_was_looked_for():
    formats = dict(re.findall(r"log_format (\w+)\s+([^;]*);", SITE))
    assert formats
    for name, pattern in formats.items():
        assert set(re.findall(r"\$\w+|\$\{\w+\}", pattern)) <= LOGGED, name
    servers = proxy_servers()
    assert len(servers) == 2
    for each in servers:
        # A server that names no log inherits one in `combined`.
        assert re.search(r"^    access_log ", each, re.MULTILINE)
        for log in re.findall(r"access_log ([^;]*);", each):
            assert log == "off" or log.split()[1] in formats, log


def test_proxy_repeats_no_request_in_its_error_log():
    for each in proxy_servers():
        assert re.search(r"^    error_log ", each, re.MULTILINE)
        assert [log.split()[1] for log in re.findall(r"error_log ([^;]*);", each)] == ["emerg"]


def test_nothing_of_port_80_is_logged():
    """Its requests are sent on to port 443, where the path alone is logged."""
    (plain,) = (each for each in proxy_servers() if "listen 80;" in each)
    assert re.findall(r"access_log ([^;]*);", plain) == ["off"]


async def test_the_three_roles_are_enough_to_migrate_and_the_link_sees_nothing_private(tmp_path):
    statements = [
        each
        for each in re.sub(r"^(--.*|\\.*)$", "", ROLES, flags=re.MULTILINE).split(";")
        if each.strip() and not each.strip().startswith("SHOW")
    ]
    split = next(i for i, each in enumerate(statements) if "SCHEMA public" in each)
    with tempfile.TemporaryDirectory(prefix="sc-", dir="/tmp") as folder:
        async with embedded_postgres(
            Path(folder),
            sockets=servers.sockets(),
            binaries=binaries.find_postgres(),
            settings=NO_FSYNC,
        ) as server:
            fresh = [each for each in statements[:split] if "ROLE channel_owner" not in each]
            # The launcher made an owner and a database by these names; ours come beside them.
            renamed = [each.replace("special_channel", "in_earnest") for each in fresh]
            later = [each.replace("special_channel", "in_earnest") for each in statements[split:]]
            await execute(server.dsn(SUPERUSER, "postgres"), renamed)
            await execute(server.dsn(SUPERUSER, "in_earnest"), later)
            applied = await migrate(server.dsn("channel_owner", "in_earnest"))
            assert applied
            connection = await asyncpg.connect(server.dsn(LINK_ROLE, "in_earnest"))
            try:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.fetch("SELECT * FROM private.entries")
            finally:
                await connection.close()
            connection = await asyncpg.connect(server.dsn(NODE_ROLE, "in_earnest"))
            try:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute("DELETE FROM record.entries")
            finally:
                await connection.close()


async def execute(dsn: str, statements: list[str]) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for each in statements:
            await connection.execute(each)
    finally:
        await connection.close()
