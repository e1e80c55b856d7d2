"""People, a person, the other side's people, a key."""

from __future__ import annotations

from typing import Any

from special_channel.core.bytes.ids import Party, PersonRole, peer_of
from special_channel.messages.catalogue import Lang
from special_channel.web.entries.pages import evidence_page
from special_channel.web.entries.views import EvidenceView
from special_channel.web.key.pages import key_page
from special_channel.web.key.queries import KeyPageQuery
from special_channel.web.key.views import KeyDetail, SignedItem, SpanItem, StopItem
from special_channel.web.persons.journal import JournalPageQuery
from special_channel.web.persons.pages import (
    ACTS,
    PeopleForReader,
    code_page,
    journal_page,
    party_page,
    people_page,
    person_page,
)
from special_channel.web.persons.queries import PeoplePageQuery, too_few
from special_channel.web.persons.views import (
    Changes,
    Journal,
    JournalItem,
    PeopleView,
    WaitingAct,
    WorkItem,
)
from special_channel.web.shared.times import TimeItem, TimeList
from special_channel.web.shell.codes import InvitationItem
from special_channel.web.shell.content import Proof
from special_channel.web.shell.directory_views import (
    ChangeItem,
    FunctionItem,
    KeyLine,
    MachineItem,
    PersonItem,
    RootsItem,
)
from special_channel.web.shell.frame import ViewPage
from tests.web.samples.people import astrid, at, chen, hexes, ilona

NAMES = {
    "eu": ("Astrid Lindqvist", "Ilona Kőszegi", "Beatriz Amaral", "Łukasz Żelazny"),
    "cn": ("贺知行", "陈思远", "许文澜", "苏文"),
}
TITLES = {
    "eu": ("Export permits desk", "Export permits desk", "Registry", "Customs desk"),
    "cn": ("许可处", "许可处", "办公厅", "海关事务处"),
}
IN_CHINESE = ("贸易总司出口许可岗位", "贸易总司出口许可岗位", "贸易总司登记处", "海关岗位")
"""What pages in Chinese call the EU's desks."""
IN_ENGLISH = ("Licensing desk", "Licensing desk", "General office", "Customs affairs desk")
"""What pages in English call China's desks."""
ROLES: tuple[PersonRole, ...] = ("head", "desk", "registrar", "desk")
NUMBERS = {"eu": " · {}", "cn": " · {}号"}


def line(party: Party, seed: int, **changed: Any) -> KeyLine:
    facts: dict[str, Any] = {
        "key": f"{party}:{hexes(seed)[:32]}",
        "suite": "es256",
        "number": f"{party.upper()}-{seed}",
        "at": at(2, 9),
        "state": "active",
        "known": True,
    }
    return KeyLine(**facts | changed)


def written_in(party: Party, lang: Lang | None) -> tuple[tuple[str, ...], str]:
    """Return a side's desks and the form of a number, in a language; None: in the side's own."""
    if lang == "zh-CN" and party == "eu":
        return IN_CHINESE, NUMBERS["cn"]
    if lang == "en" and party == "cn":
        return IN_ENGLISH, NUMBERS["eu"]
    return TITLES[party], NUMBERS[party]


def persons(party: Party, *, named: bool, lang: Lang | None = None) -> tuple[PersonItem, ...]:
    side = party.upper()
    titles, numbered = written_in(party, lang)
    stopped = {"state": "suspended", "doubt": f"{side}-812", "changed": f"{side}-819"}
    items = []
    for place, (name, desk, role) in enumerate(zip(NAMES[party], titles, ROLES, strict=True), 1):
        function = FunctionItem(
            number=1, role=role, desk="permits", title=desk, unit="G.2", since=f"{side}-{place}",
            at=at(1, 9), known=place != len(ROLES),
        )  # fmt: skip
        stand_in = function.model_copy(
            update={"number": 2, "until": at(30, 16), "absent": f"{desk}{numbered.format(9)}"}
        )
        in_doubt = role == "desk" and place == 2
        keys = (line(party, 40 + place), line(party, 50 + place, **(stopped if in_doubt else {})))
        items.append(
            PersonItem(
                party=party,
                number=place,
                person=hexes(60 + place)[:32],
                title=f"{desk}{numbered.format(place)}",
                name=name if named else None,
                functions=(function, stand_in) if in_doubt else (function,),
                keys=keys,
                state="key-suspended" if in_doubt else "in-order",
                doubt=f"{side}-812" if in_doubt else None,
            )
        )
    return tuple(items)


def view(party: Party, *, named: bool, few: bool = False, lang: Lang | None = None) -> PeopleView:
    items = persons(party, named=named, lang=lang)
    machines = tuple(
        MachineItem(**dict(line(party, 80 + place)), role=role, name="")
        for place, role in enumerate(("node", "checkpoint", "cosigning", "link", "link"))
    )
    roots = RootsItem(
        number=1, position=f"{party.upper()}-0", parts=5, threshold=3, next_parts=5,
        next_threshold=3,
    )  # fmt: skip
    return PeopleView(
        eu=877, cn=340, party=party, total=len(items), items=items, persons=len(items), keys=8,
        registrars=1, machines=machines, roots=roots, few=too_few(items[2:]) if few else (),
    )  # fmt: skip


def changes(party: Party, lang: Lang | None = None) -> Changes:
    side = party.upper()
    said = {
        ("eu", "en"): "The EU side stopped a key of Export permits desk · 2.",
        ("eu", "zh-CN"): "欧方停用贸易总司出口许可岗位 · 2号的一个密钥。",
        ("cn", "en"): "The CN side stopped a key of Licensing desk · 2.",
        ("cn", "zh-CN"): "中方停用许可处 · 2号的一个密钥。",
    }
    words = said[party, lang or {"eu": "en", "cn": "zh-CN"}[party]]
    items = (ChangeItem(position=f"{side}-819", at=at(23, 22), kind="key.suspended", words=words),)
    return Changes(total=len(items), items=items)


def times(party: Party) -> TimeList:
    """One entry too soon and one too late, and more that are not listed."""
    side = party.upper()
    soon = TimeItem(
        position=f"{side}-812", at=at(23, 17), kind="role.granted", code="cooling-short",
        key=f"{party}:{hexes(61)[:32]}",
    )  # fmt: skip
    late = TimeItem(
        position=f"{side}-820", at=at(23, 22, 30), kind="note.posted", code="grant-overdue",
        until=at(23, 22),
    )  # fmt: skip
    return TimeList(total=51, items=(late, soon))


def new_code(party: Party) -> ViewPage:
    return code_page(NAMES[party][1], "K7QF-2M9X-RT4D", at(27, 7))


def own_people(party: Party) -> ViewPage:
    people = view(party, named=True)
    stoppable = frozenset(each.person for each in people.items)
    acts = (
        WaitingAct(
            id=hexes(90), kind="key.revoked", who=NAMES[party][1], person=2, by=NAMES[party][0],
            at=at(24, 7), expires=at(27, 7),
        ),
    )  # fmt: skip
    invitations = (
        InvitationItem(number=4, name=NAMES[party][3], official=4, by=NAMES[party][2],
                       drawn=at(20, 7), expires=at(23, 7), lapsed=True),
        InvitationItem(number=5, name=NAMES[party][1], official=2, by=NAMES[party][2],
                       drawn=at(24, 7), expires=at(27, 7), lapsed=False),
    )  # fmt: skip
    shown = PeopleForReader(
        frozenset(ACTS), stoppable, 2, acts, journal(party), invitations=invitations
    )
    return people_page(people, PeoplePageQuery(), shown)


def few_page(party: Party) -> ViewPage:
    people = view(party, named=True, few=True).model_copy(update={"total": 0, "items": ()})
    return people_page(people, PeoplePageQuery(text="Nobody"), PeopleForReader())


def journal(party: Party) -> Journal:
    said = {"eu": "Revocation of a key: first signature", "cn": "作废密钥：第一人已签名"}
    reason = {"eu": "stolen", "cn": "被盗"}
    items = (
        JournalItem(
            at=at(24, 8), act="key-revoked-asked", words=said[party], reason=reason[party],
            who=NAMES[party][1], person=2, position=f"{party.upper()}-819",
        ),
    )  # fmt: skip
    return Journal(total=214, items=items)


def peer_people(party: Party, lang: Lang) -> ViewPage:
    peer = peer_of(party)
    said = changes(peer, lang).model_copy(update={"times": times(peer)})
    return party_page(view(peer, named=False, lang=lang), said, page=1)


def person_sample(party: Party) -> ViewPage:
    return person_page(persons(party, named=True)[1], changes(party), page=1, may=ACTS)


def person_left(party: Party) -> ViewPage:
    """A person who has left, as a colleague of the desk sees it."""
    side = party.upper()
    work = (
        WorkItem(what="draft", number="EU-36", at=at(23, 9), place="c" * 32),
        WorkItem(what="draft", at=at(23, 8), place="new"),
        WorkItem(what="release", kind="note.posted", url=f"/clearances/{hexes(91)}", at=at(23, 9)),
        WorkItem(what="act", kind="key.restored", url=f"/people/acts/{hexes(92)}", at=at(23, 7)),
        WorkItem(what="unanswered", number="EU-40", url="/threads/EU-40", at=at(27, 7)),
        WorkItem(
            what="disputed", kind="note.posted", number=f"{side}-812", url="/review?scope=all"
        ),
    )
    left = persons(party, named=True)[1].model_copy(update={"state": "left"})
    return person_page(left, changes(party), page=1, work=work)


def key_sample(party: Party, *, stopped: bool = True) -> ViewPage:
    side = party.upper()
    functions = (f"desk officer, {TITLES['eu'][1]}",) if party == "eu" else ("经办人，许可处",)
    spans = [SpanItem(kind="active", first=57, position=f"{side}-57", at=at(3, 9, month=3),
                      functions=functions, shared=300, private=11)]  # fmt: skip
    if stopped:
        spans += [
            SpanItem(kind="doubtful", first=812, position=f"{side}-812", shared=5, private=2),
            SpanItem(kind="suspended", first=820, position=f"{side}-819", at=at(23, 22)),
        ]
    items = (
        SignedItem(position=f"{side}-812", at=at(23, 17, 4), kind="note.posted", thread="EU-36",
                   delivered=at(23, 17, 5)),
        SignedItem(at=at(23, 17, 5), kind="note.internal", thread="EU-36"),
        SignedItem(position=f"{side}-817", at=at(23, 17, 31), kind="batch.amended",
                   second=(NAMES[party][0],)),
    )  # fmt: skip
    stops = (StopItem(position=f"{side}-819", at=at(23, 22), whole=False, doubt=f"{side}-812"),)
    detail = KeyDetail(
        eu=877, cn=340, party=party, key=f"{party}:{hexes(52)[:32]}", suite="ed25519", role="",
        holder=NAMES[party][1], title=persons(party, named=True)[1].title, person=2,
        state="suspended" if stopped else "active", number=f"{side}-57", at=at(3, 9, month=3),
        confirmed=NAMES[party][2:3], founded=False, doubt=f"{side}-812" if stopped else None,
        doubt_at=at(23, 17) if stopped else None, stops=stops if stopped else (),
        spans=tuple(spans), total=318, signed=318, items=items,
    )  # fmt: skip
    return key_page(detail, KeyPageQuery(), may=("key.revoked",))


def evidence_sample(party: Party) -> ViewPage:
    """Evidence for an act on people, signed by two."""
    side = peer_of(party).upper()
    view = EvidenceView(
        entry_id=hexes(41),
        position=f"{side}-812",
        party=peer_of(party),
        kind="key.enrolled",
        words=changes(party).items[0].words,
        author=chen(party) if party == "eu" else astrid(party),
        others=(chen(party) if party == "eu" else ilona(party),),
        accepted=at(23, 17, 4),
        delivered=at(23, 17, 5),
        place=f"/people/{peer_of(party)}?change=812#{side}-812",
        refused="",
        proof=Proof(hexes(7)[:32], f"/entries/{side}-812/envelope", f"/entries/{side}-812/receipt"),
    )
    return evidence_page(view)


def journal_sample(party: Party) -> ViewPage:
    return journal_page(journal(party), JournalPageQuery())
