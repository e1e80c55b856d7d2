"""Settings: one TOML file per node, overridden by the environment (`SPECIAL_CHANNEL_…`).

Nothing below `wiring/` receives `Settings`. Contains no secrets: settings name key files and
password files. `config/node.toml` explains every setting.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Digest, Origin, Party

ChannelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
"""Name of a channel or scanner in the private log; no channel is named `mail` or `mailbox`."""


class Section(BaseModel):
    """A table of the settings file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NodeSection(Section):
    """Party, listening address and data folder of the node.

    `passphrase_file` holds the passphrase of sealed key files in `keys`, on its first line.
    """

    party: Party
    origin: Origin
    private_origin: Origin
    url: str
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)]
    monitor_port: Annotated[int, Field(ge=0, le=65535)] = 0
    data: Path
    keys: Path
    passphrase_file: Path | None = None
    language: Literal["en", "zh-CN"] = "en"
    duty_telephone: Annotated[str, Field(max_length=40)] = ""


class PinSection(Section):
    """Trusted origin, root and link key of a party, configured outside the record.

    `root` is the digest of the party's first root set.
    """

    origin: Origin
    root: Digest
    link: str = ""


class DatabaseSection(Section):
    """Database addresses for three roles; empty: an embedded server."""

    url: SecretStr = SecretStr("")
    owner_url: SecretStr = SecretStr("")
    link_url: SecretStr = SecretStr("")
    connections: Annotated[int, Field(ge=2, le=200)] = 12


class RedisSection(Section):
    """Redis for reminders; empty: an embedded server."""

    url: SecretStr = SecretStr("")
    prefix: str = "sc"


class LinkSection(Section):
    """The other node. `ca` is a PEM file with the authority of its TLS certificate.

    `wait_for_peer_at_start`: after every start, sign nothing before reading the other node's copy
    of our log, even without signs of a restore.
    """

    peer: str = ""
    ca: Path | None = None
    heartbeat_seconds: Annotated[int, Field(ge=1, le=600)] = 60
    undelivered_seconds: Annotated[int, Field(ge=1, le=86400)] = 120
    wait_for_peer_at_start: bool = False


class MailSection(Section):
    """The mail server for alerts; an empty host disables mail."""

    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    sender: str = "special-channel@localhost"
    bounces_to: str | None = None
    user: str = ""
    password_file: Path | None = None
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    ca: Path | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 20


class AlertsSection(Section):
    """Order of channels for alerts, and times of delivery.

    `order`: empty means mail, the mailbox, then the channels. `office_hours`: whether an alert
    waits for the recipient's office to open; unset means `hold`, but `send` in a demonstration.
    `canary_minutes`: interval of test alerts through the whole path. `canary_to`: an address
    of the operator's.
    """

    order: tuple[str, ...] = ()
    office_hours: Literal["hold", "send"] | None = None
    canary_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    canary_to: str = ""
    check_seconds: Annotated[int, Field(ge=1, le=86400)] = 600


class ChannelSection(Section):
    """An additional channel: a webhook to a system, or a group of a chat service."""

    kind: Literal["webhook", "teams", "mattermost", "wecom", "dingtalk", "feishu"]
    url_file: Path
    secret_file: Path | None = None
    key_files: tuple[Path, ...] = ()
    hosts: tuple[str, ...] = ()
    ca: Path | None = None
    per_minute: Annotated[int, Field(ge=1)] | None = None
    # For a whole exchange: Standard Webhooks 1.0.0 recommends 15 to 30 s.
    timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 20


class ScannerSection(Section):
    """A virus scanner: clamd, or a service of an ICAP server.

    `address`: path of clamd's UNIX socket, `tcp://host:port`, `icap://host:port/service` or
    `icaps://…`. `method`, `ca`: of ICAP alone.
    """

    kind: Literal["clamd", "icap"]
    address: Annotated[str, Field(min_length=1, max_length=300)]
    method: Literal["respmod", "reqmod"] = "respmod"
    ca: Path | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 60


class EscalationSection(Section):
    """Our ladder of escalation, and the worker's polling intervals."""

    ladder: Path
    calendars: Path
    poll_seconds: Annotated[float, Field(gt=0, le=60)] = 1
    lease_seconds: Annotated[float, Field(gt=0, le=600)] = 30
    sweep_seconds: Annotated[float, Field(gt=0, le=600)] = 10


class NoticesSection(Section):
    """Mails and calendar links of our own people.

    `titles`: whether they show the titles of threads without a marking; never those of marked
    threads, and no other text.
    """

    titles: bool = False


class ReleaseSection(Section):
    """Release by a second official. `routes`: our side's sign-off routes; unset: none."""

    routes: Path | None = None


class WritingSection(Section):
    """Writing notes. `templates`: our side's texts for usual questions and answers; unset: none."""

    templates: Path | None = None


class ProxySection(Section):
    """Trusted proxies, and their header with a client's address."""

    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")] = "X-Forwarded-For"
    trusted: tuple[IPv4Network | IPv6Network, ...] = ()


class LimitSection(Section):
    """Limits for one client of the node."""

    request_bytes: Annotated[int, Field(ge=65536)] = 16 * 1024 * 1024
    file_bytes: Annotated[int, Field(ge=1)] = 50 * 1024 * 1024
    form_fields: Annotated[int, Field(ge=500, le=100_000)] = 1000
    requests_per_minute: Annotated[int, Field(ge=1)] = 6000
    address_requests_per_minute: Annotated[int, Field(ge=1)] = 3000
    header_seconds: Annotated[float, Field(gt=0, le=600)] = 10
    body_seconds: Annotated[float, Field(gt=0, le=600)] = 30
    body_bytes_per_second: Annotated[int, Field(ge=1)] = 16384
    idle_seconds: Annotated[float, Field(gt=0, le=3600)] = 75
    drafts_per_person: Annotated[int, Field(ge=1)] = 200
    draft_bytes_per_person: Annotated[int, Field(ge=65536)] = 16 * 1024 * 1024
    # A thread and its note for each of the 400 applications that one act may name, and more.
    waiting_drafts_per_person: Annotated[int, Field(ge=1)] = 1000
    waiting_draft_bytes_per_person: Annotated[int, Field(ge=65536)] = 64 * 1024 * 1024
    act_hours: Annotated[int, Field(ge=1, le=720)] = 72
    acts_per_hour: Annotated[int, Field(ge=1, le=100_000)] = 60
    unnamed_file_bytes_per_person: Annotated[int, Field(ge=1)] = 500 * 1024 * 1024
    unnamed_file_days: Annotated[int, Field(ge=1, le=3650)] = 7
    quarantine_hours: Annotated[int, Field(ge=1, le=720)] = 24
    reading_days: Annotated[int, Field(ge=30, le=3650)] = 400
    streams_per_person: Annotated[int, Field(ge=1)] = 20
    challenges_per_address: Annotated[int, Field(ge=1)] = 100
    token_minutes: Annotated[int, Field(ge=1, le=60)] = 15
    session_hours: Annotated[int, Field(ge=1, le=24)] = 10


class ReaderSection(Section):
    """Resource limits for reading one uploaded file."""

    cpu_seconds: Annotated[int, Field(ge=1, le=600)] = 10
    memory_bytes: Annotated[int, Field(ge=64 * 1024 * 1024)] = 400 * 1024 * 1024
    wall_seconds: Annotated[int, Field(ge=1, le=600)] = 60
    at_once: Annotated[int, Field(ge=1, le=64)] = 2


class CheckSection(Section):
    """Speed of the rolling check of the record."""

    entries_per_second: Annotated[float, Field(gt=0, le=10_000)] = 20


class DemoSection(Section):
    """Features for demonstrations only.

    `clock`: file by which a demonstration on this machine loads its past at its own dates.
    """

    mailbox: bool = False
    confirm_codes: bool = False
    clock: Path | None = None


class TelemetrySection(Section):
    """Process logs: level, and JSON lines or plain text; metrics."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    json_lines: bool = True
    metrics: bool = True
    probe_seconds: Annotated[float, Field(gt=0, le=60)] = 5


class Settings(BaseSettings):
    """All settings of one node."""

    model_config = SettingsConfigDict(
        env_prefix="SPECIAL_CHANNEL_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    node: NodeSection
    pins: dict[Party, PinSection] = {}
    database: DatabaseSection = DatabaseSection()
    redis: RedisSection = RedisSection()
    link: LinkSection = LinkSection()
    mail: MailSection = MailSection()
    alerts: AlertsSection = AlertsSection()
    channels: dict[ChannelName, ChannelSection] = {}
    scanners: dict[ChannelName, ScannerSection] = {}
    escalation: EscalationSection
    notices: NoticesSection = NoticesSection()
    release: ReleaseSection = ReleaseSection()
    writing: WritingSection = WritingSection()
    proxy: ProxySection = ProxySection()
    limits: LimitSection = LimitSection()
    reader: ReaderSection = ReaderSection()
    check: CheckSection = CheckSection()
    demo: DemoSection = DemoSection()
    telemetry: TelemetrySection = TelemetrySection()


_ROOT_PINS: Final = frozenset({"pins.eu.root", "pins.cn.root"})
_KEY_ID: Final = re.compile(r"(eu|cn):[0-9a-f]{32}")
"""A pin of before: the id of the party's one root key."""


def load(file: Path) -> Settings:
    """Read settings; the environment takes precedence over the file.

    Raises:
        Malformed: `record-older` for the pin of an earlier version.
        Malformed: `settings-missing`, `settings-not-toml`, `settings-malformed` with the setting's
            name.
    """
    if not file.is_file():
        raise Malformed("settings-missing", "There is no settings file.", file=file.name)

    class _FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del init_settings, dotenv_settings, file_secret_settings
            return env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    try:
        return _FromFile()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        setting = ".".join(str(step) for step in first["loc"])
        if setting in _ROOT_PINS and _KEY_ID.fullmatch(str(first["input"])):
            raise Malformed(
                "record-older", "The pin is the root key of an earlier version; begin anew."
            ) from None
        raise Malformed(
            "settings-malformed", "A setting is missing or wrong.", setting=setting
        ) from None
    except ValueError as error:
        raise Malformed(
            "settings-not-toml", "The settings file is not TOML.", file=file.name, reason=str(error)
        ) from error


class Environment(BaseSettings):
    """What the environment alone says, next to a node's settings.

    Attributes:
        passphrase_file: File with the passphrase of sealed key files, for commands.
        credentials: Folder in which systemd passes credentials to a service.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    passphrase_file: Annotated[
        Path | None, Field(validation_alias="SPECIAL_CHANNEL_PASSPHRASE_FILE")
    ] = None
    credentials: Annotated[Path | None, Field(validation_alias="CREDENTIALS_DIRECTORY")] = None


def environment() -> Environment:
    """Read the environment."""
    return Environment()
