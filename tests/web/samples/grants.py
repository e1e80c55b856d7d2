"""Sample grants of access: one to sign, one's own, in force, over, ended, refused; the form."""

from __future__ import annotations

from functools import partial
from typing import Any

from special_channel.core.bytes.ids import Party
from special_channel.desk.access import Scope, access_body, access_granted
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.web.access import words
from special_channel.web.access.forms import GrantQuery
from special_channel.web.access.pages import access_page
from special_channel.web.access.views import (
    AccessFilters,
    AccessView,
    GrantAct,
    GrantView,
    ReaderView,
    ScopeView,
)
from special_channel.web.shared.acts import ActDetail, ActItem
from special_channel.web.shared.capitals import both
from special_channel.web.shared.portions import PortionQuery
from special_channel.web.shell.frame import ViewPage
from tests.web.samples.people import at, hexes

AT, EXPIRES, UNTIL = "2026-11-24T08:31:00Z", "2026-12-08T08:31:00Z", "2026-12-11T22:59:59Z"

NAMES = {"eu": ("Nadia Benali", "Åsa Öberg", "Claire Dubois"), "cn": ("方若溪", "郑海宁", "梁思齐")}
"""Fictional: the reader, the first signer, another overseer."""


def said(party: Party) -> tuple[str, str]:
    """Purpose and written order."""
    if party == "eu":
        return "Audit of export permits, 2026", "Mission letter 7/2026 of the Court of Auditors"
    return "2026年出口许可专项检查", "审计通知书（2026）7号"


def scopes() -> tuple[ScopeView, ...]:
    named = ScopeView(threads=("EU-12", "CN-7"), lists=("EU-3",))
    return ScopeView(), named, ScopeView(first="2026-11-01", last="2026-11-30")


def act(party: Party, number: int, scope: ScopeView, **changed: object) -> GrantAct:
    key = KeyFile.make(party, "oversight", bytes(32), unit="Audit", desk="audit")
    author = Author(key.signer, f"{party}.channel.example/private", AT, (), bytes)
    purpose, order = said(party)
    reader, first, other = NAMES[party]
    signed = access_granted(author, access_body(hexes(80)[:32], Scope(), UNTIL, purpose, order))
    t = catalogue(lang_of(party))
    return GrantAct.model_validate(
        {
            "id": hexes(number),
            "kind": "access.granted",
            "title": words.title(reader, t),
            "state": "waiting",
            "person": hexes(80)[:32],
            "by": key.key,
            "signers": (key.key,),
            "at": AT,
            "expires": EXPIRES,
            "may": "sign",
            "envelope": signed.envelope.decode(),
            "reader": ReaderView(reader=hexes(80)[:32], name=reader),
            "scope": scope,
            "until": at(30, 22, 59),
            "purpose": purpose,
            "order": order,
            "signed": (first,),
            "can": (other,),
        }
        | changed
    )


def lang_of(party: Party) -> Lang:
    return "en" if party == "eu" else "zh-CN"


def until(party: Party) -> str:
    return both(at(30, 22, 59), party, lang_of(party), at(24, 8))


def card(party: Party, made: GrantAct) -> ActDetail:
    lang = lang_of(party)
    t = catalogue(lang)
    scope = words.scope_words(made.scope, lang, t)
    fields: dict[str, Any] = {name: getattr(made, name) for name in ActItem.model_fields}
    return ActDetail(
        **fields,
        facts=words.facts(scope, until(party), (made.purpose, made.order), t),
        because=t.gettext("act-because.oversight") if made.may == "sign" else "",
        signed=made.signed,
        can=made.can,
        button=t.gettext("act-sign.access.granted"),
    )


def granted(party: Party, index: int, scope: ScopeView, **changed: object) -> GrantView:
    purpose, order = said(party)
    return GrantView.model_validate(
        {
            "id": hexes(index),
            "position": f"PRIVATE-{index}",
            "reader": ReaderView(reader=hexes(81)[:32], name=NAMES[party][2]),
            "scope": scope,
            "until": at(30, 22, 59),
            "purpose": purpose,
            "order": order,
            "in_force": True,
        }
        | changed
    )


def page_of(
    party: Party,
    view: AccessView,
    query: AccessFilters | None = None,
    asked: PortionQuery | None = None,
) -> ViewPage:
    cards, lang = partial(card, party), lang_of(party)
    return access_page(view, cards, lang, query or AccessFilters(), asked or PortionQuery())


def grants_page(party: Party) -> ViewPage:
    everything, named, days = scopes()
    me = ReaderView(reader=hexes(82)[:32], name=NAMES[party][1], me=True)
    own = granted(party, 91, named, reader=me)
    waiting = (
        act(party, 83, named),
        act(party, 84, days, may="withdraw"),
        act(party, 85, everything, may="read"),
    )
    rows = (
        own,
        granted(party, 92, everything),
        granted(party, 93, days, in_force=False),
        granted(party, 94, named, in_force=False, ended="PRIVATE-97"),
    )
    view = AccessView(
        person=hexes(82)[:32],
        key=f"{party}:{hexes(86)[:32]}",
        private_log=f"{party}.channel.example/private",
        own=(own,),
        grants=rows,
        waiting=waiting,
        closed=(act(party, 87, named, state="refused", may="read"),),
        readers=(),
    )
    return page_of(party, view)


def no_grants(party: Party) -> ViewPage:
    view = AccessView(
        person=hexes(82)[:32],
        key=f"{party}:{hexes(86)[:32]}",
        private_log=f"{party}.channel.example/private",
        own=(),
        grants=(),
        waiting=(),
        closed=(),
        readers=(),
    )
    return page_of(party, view)


def grant_page(party: Party) -> ViewPage:
    shown = card(party, act(party, 83, scopes()[1]))
    return ViewPage("access/act.html", "access", shown)


def new_grant_page(party: Party) -> ViewPage:
    purpose, order = said(party)
    query = GrantQuery(reader=hexes(80)[:32], scope="named", threads="EU-12", look="1")
    lang = lang_of(party)
    t = catalogue(lang)
    scope = words.scope_words(ScopeView(threads=("EU-12",)), lang, t)
    look = {
        "title": words.title(NAMES[party][0], t),
        "facts": words.facts(scope, until(party), (purpose, order), t),
        "button": t.gettext("act-sign.access.granted"),
        "body": f'{{"person":"{hexes(80)[:32]}"}}',
    }
    readers = [(hexes(80)[:32], NAMES[party][0]), (hexes(81)[:32], NAMES[party][2])]
    more = {"readers": readers, "fault": t.sentence("access-order").text, "look": look, "waits": ""}
    return ViewPage("access/new.html", "access", query, more)
