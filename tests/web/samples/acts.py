"""Sample acts on people: a key to be compared, a revocation, one's own first signature, a form."""

from __future__ import annotations

from dataclasses import replace

from special_channel.core.bytes.ids import Party
from special_channel.core.entries import KeyEnrolled
from special_channel.desk import payloads
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author
from special_channel.web.acts.forms import ActQuery, Look, MachineForm, NewAct, Target
from special_channel.web.acts.pages import acts_page as acts_page_of
from special_channel.web.shared.acts import ActDetail, ActFilters
from special_channel.web.shared.fingerprints import fingerprint
from special_channel.web.shell.content import entry_in
from special_channel.web.shell.frame import ViewPage
from tests.web.samples.people import hexes, own

FACT: dict[Party, tuple[str, str]] = {
    "eu": ("Person", "Export permits desk · 4"),
    "cn": ("人员", "许可处 · 4号"),
}
BECAUSE: dict[Party, str] = {
    "eu": "you are a registrar, known to MOFCOM since EU-212",
    "cn": "您是密钥管理员，欧盟委员会自CN-212起知悉",
}
AT, EXPIRES = "2026-11-24T08:31:00Z", "2026-11-27T08:31:00Z"
PERSON = hexes(72)[:32]


def details(party: Party) -> tuple[ActDetail, ...]:
    key = KeyFile.make(party, "desk", bytes(32), unit="E.3", desk="permits")
    author = Author(key.signer, f"{party}.channel.example/log", AT, (), bytes)
    enrolled = payloads.key_enrolled(author, key.public, PERSON)
    body: payloads.Fields = {"key": key.key, "reason": "stated-at-home", "since": 812}
    revoked = payloads.signed(author, "key.revoked", {"body": body})
    name, boss = ("Łukasz Żelazny", "Astrid Lindqvist") if party == "eu" else ("苏文", "贺知行")
    entry = entry_in(enrolled.envelope)
    assert isinstance(entry, KeyEnrolled)
    common = {"by": key.key, "signers": (key.key,), "at": AT, "expires": EXPIRES}
    facts = (FACT[party],)
    compared = ActDetail.model_validate(
        common
        | {
            "id": hexes(73),
            "kind": "key.enrolled",
            "title": f"Enrol a key for {name}" if party == "eu" else f"为{name}启用密钥",
            "state": "waiting",
            "may": "sign",
            "envelope": enrolled.envelope.decode(),
            "facts": facts,
            "because": BECAUSE[party],
            "computer": "new laptop" if party == "eu" else "新笔记本电脑",
            "fingerprint": fingerprint(entry.body),
            "button": "Enrol this key" if party == "eu" else "签名并启用",
        }
    )
    final = ActDetail.model_validate(
        common
        | {
            "id": hexes(74),
            "kind": "key.revoked",
            "title": f"Revoke a key of {name} for good"
            if party == "eu"
            else f"永久作废{name}的一个密钥",
            "state": "waiting",
            "reason": "stolen",
            "may": "sign",
            "envelope": revoked.envelope.decode(),
            "facts": facts,
            "because": BECAUSE[party],
            "signed": (boss,),
            "peer_reads": "The EU side ended a key of Export permits desk · 4 for good."
            if party == "eu"
            else "中方作废许可处 · 4号的一个密钥。",
            "final": True,
            "button": "Revoke this key" if party == "eu" else "签名并作废",
        }
    )
    mine = final.model_copy(
        update={"id": hexes(75), "may": "withdraw", "because": "", "can": (boss, name)}
    )
    return compared, final, mine


def acts_page(party: Party) -> ViewPage:
    return acts_page_of(details(party), ActFilters())


def act_page(party: Party) -> ViewPage:
    done = details(party)[1].model_copy(update={"state": "done", "may": "read", "because": ""})
    return ViewPage("acts/acts.html", "people", (done,), {"one": True})


def new_act_page(party: Party) -> ViewPage:
    return _new_act(party).page()


def _new_act(party: Party) -> NewAct:
    name = "Łukasz Żelazny" if party == "eu" else "苏文"
    return NewAct(
        query=ActQuery(kind="key.suspended", person=PERSON, reason="lost", look="1"),
        found=Target(PERSON, None, None),
        name=name,
        reasons_in_words=[
            ("lost", own(party, "lost", "遗失")),
            ("stolen", own(party, "stolen", "被盗")),
        ],
        look=Look(
            title=f"Stop all keys of {name}" if party == "eu" else f"停用{name}的全部密钥",
            facts=[FACT[party]],
            peer_reads="The EU side stopped all keys of Export permits desk · 4."
            if party == "eu"
            else "中方停用许可处 · 4号的全部密钥。",
            button="Stop now" if party == "eu" else "签名并停用",
            body=f'{{"person":"{PERSON}","reason":"stated-at-home"}}',
            ref="",
            reason="lost",
        ),
    )


def new_machine_page(party: Party) -> ViewPage:
    """Sample form of a service's key, which signs its own enrolment."""
    key = KeyFile.make(party, "service", bytes(32))
    digest = hexes(76)
    return replace(
        _new_act(party),
        query=ActQuery(
            kind="machine.enrolled",
            role="service",
            public=key.public,
            reason="routine",
            owner=PERSON,
            kinds=("clock.marked",),
            look="1",
        ),
        reasons_in_words=[
            ("routine", own(party, "routine", "定期更换")),
            ("lost", own(party, "lost", "遗失")),
        ],
        desks=[("permits", "Export permits" if party == "eu" else "许可处")],
        name="",
        machine=MachineForm(
            owners=[(PERSON, "Łukasz Żelazny" if party == "eu" else "苏文")],
            kinds=[
                ("clock.marked", own(party, "clock", "法定期限登记")),
                ("licence.drawn", own(party, "draw-down", "使用登记")),
            ],
            succeeds=False,
            signs=True,
        ),
        look=Look(
            title=own(party, "Enrol a key of the machine: service key", "启用设备密钥：服务密钥"),
            facts=[(own(party, "Suite", "密码套件"), "ed25519")],
            peer_reads="",
            button=own(party, "Enrol this key", "签名并启用"),
            body="{}",
            ref="",
            reason="",
            groups=tuple(digest[start : start + 4] for start in range(0, 64, 4)),
            address="kind=machine.enrolled&role=service",
        ),
    ).page()
