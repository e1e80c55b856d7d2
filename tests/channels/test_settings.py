"""From a settings file to ways in their order, with every secret in a file of its own."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from special_channel.channels.signatures import new_key
from special_channel.config import Settings
from special_channel.core.bytes.errors import ChannelError
from special_channel.wiring.alerting import make_channels
from tests.channel import settings
from tests.channels.services import LETTER, HandClock, service

TOKEN = "t0ken-of-the-robot"
SECRET = "SECf00dbabe"


class Mailbox:
    async def deliver(self, item):
        self.item = item

    async def items(self, _limit):
        return ()


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(f"{text}\n", encoding="utf-8")
    return file


def configured(folder: Path, **sections) -> Settings:
    return settings(folder, "eu", {"eu": 1, "cn": 2}, **sections)


def made(folder: Path, **sections):
    return make_channels(configured(folder, **sections), Mailbox().deliver, HandClock())


def channel(folder: Path, kind: str, url: str, **more):
    return {
        "kind": kind,
        "url_file": written(folder, f"{kind}.url", url),
        "hosts": ("127.0.0.1",),
        **more,
    }


async def test_every_kind_is_made_of_files_and_reaches_its_service(tmp_path):
    answers = b'{"errcode":0,"code":0}'
    async with service(body=answers) as own, service(body=b"ok") as chat, service(status=202) as m:
        key = written(tmp_path, "key", new_key(bytes(32))[0])
        shared = written(tmp_path, "shared", "whsec_" + base64.b64encode(bytes(24)).decode())
        secret = {"secret_file": written(tmp_path, "secret", SECRET)}
        hook = f"/{TOKEN}?access_token={TOKEN}"
        ways = made(
            tmp_path,
            mail={"host": "127.0.0.1", "port": 9, "tls": "none", "bounces_to": ""},
            channels={
                "w": channel(tmp_path, "webhook", m.url(hook), key_files=(key, shared)),
                "t": channel(tmp_path, "teams", m.url(hook)),
                "c": channel(tmp_path, "mattermost", chat.url(hook), per_minute=1),
                "wecom": channel(tmp_path, "wecom", own.url(hook)),
                "d": channel(tmp_path, "dingtalk", own.url(hook), **secret),
                "f": channel(tmp_path, "feishu", own.url(hook), **secret),
            },
            alerts={"order": ("f", "mail")},
        )
        assert list(ways) == ["f", "mail", "mailbox", "w", "t", "c", "wecom", "d"]
        for name in ways.keys() - {"mail"}:
            await ways[name].send(LETTER)
            await ways[name].reach()
        with pytest.raises(ChannelError) as own_limit:
            await ways["c"].send(LETTER)
    assert own_limit.value.facts["retry_after"] == 61
    assert len(own.taken) == 3
    assert len(chat.taken) == 1
    assert len(m.taken) == 2
    assert TOKEN not in f"{ways!r}"
    assert SECRET not in f"{ways!r}"


def test_a_node_with_nothing_configured_has_no_way_at_all(tmp_path):
    assert made(tmp_path, demo={}) == {}
    assert list(made(tmp_path)) == ["mailbox"]


@pytest.mark.parametrize(
    ("name", "change", "code", "setting"),
    [
        ("duty", {"url": "http://chat.example/x"}, "channel-address", ""),
        ("duty", {"url": "https://chat.example/x"}, "channel-address", ""),
        ("duty", {"url_file": Path("absent")}, "settings-missing", ""),
        ("duty", {"kind": "webhook"}, "settings-malformed", "channels.duty.key_files"),
        ("mail", {}, "settings-malformed", "channels.mail"),
        ("mailbox", {}, "settings-malformed", "channels.mailbox"),
        ("duty", {"order": ("duty", "smoke")}, "settings-malformed", "alerts.order"),
        ("duty", {"order": ("duty", "duty")}, "settings-malformed", "alerts.order"),
    ],
)
def test_what_is_wrong_is_named_at_start_and_no_secret_with_it(
    tmp_path, name, change, code, setting
):
    url = change.pop("url", "http://127.0.0.1/secret-path")
    alerts = {"order": change.pop("order", ())}
    section = channel(tmp_path, "mattermost", url) | change
    with pytest.raises(ChannelError) as refusal:
        made(tmp_path, channels={name: section}, alerts=alerts)
    assert refusal.value.code == code
    assert refusal.value.facts.get("setting", "") == setting
    assert url not in f"{refusal.value!r} {refusal.value.facts}"


def test_a_key_of_another_form_names_its_channel_and_not_the_key(tmp_path):
    key = written(tmp_path, "key", "whsk_c2VjcmV0")
    section = channel(tmp_path, "webhook", "http://127.0.0.1/x", key_files=(key,))
    with pytest.raises(ChannelError) as refusal:
        made(tmp_path, channels={"duty": section})
    assert refusal.value.code == "channel-key"
    assert refusal.value.facts == {"channel": "duty"}
