"""The page for reading in a bundle: the doubt about entries, and the function of each author."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.audit.scope import Scope
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.export import verify as verifying
from special_channel.export.spill import SpilledRows
from special_channel.export.verify import is_proven, verify
from tests.bundles import trust_file
from tests.core.test_judge_machines import machine
from tests.export.bundling import bundle, packed, repaired, unpacked
from tests.export.test_key_table import UNTIL, reviewed_world
from tests.web.reading import Page
from tests.world import Entry, World

PATH = "data/view/index.html"
SECOND: Any = {"as": 2}
LINE = "The EU side states doubt about the key from {0} on. The entry remains valid. "
LINE_ZH = "欧方表示，自{0}起该密钥是否由本人持有存疑。该条目仍然有效。"
DISOWNED = "The EU side states that its official did not write this. 欧方表示，该条目非其人员签名。"


def page_of(world: World, scope: Scope | None = None, by: Party = "eu") -> str:
    """Verify a bundle of a world without a fault, and return its page."""
    data = bundle(world, scope, by=by)
    report = verify(data, trust_file(world))
    assert {each.code for each in report.findings if each.severity != "notice"} == set()
    return unpacked(data)[1][PATH].decode()


def read(page: str, entry: Entry) -> tuple[str, str, str]:
    """Return what the page says of an entry: heading, time and author, all of it."""
    [article] = [
        each
        for each in Page(page).all("article")
        if each.all("heading")[0].text.startswith(f"{entry.position} ")
    ]
    heading = article.all("heading")[0]
    who = next(each for each in article.within() if each.tag == "p")
    return heading.text, who.text, article.text


def author(page: str, entry: Entry) -> str:
    accepted, _, words = read(page, entry)[1].partition(" · ")
    assert accepted == entry.leaf.accepted
    return words


# Doubt (K20 to K22) ------------------------------------------------------------------


@pytest.mark.parametrize("by", PARTIES)
def test_page_says_which_entries_are_disputed_and_disowned(by):
    world, (before, disputed, confirmed, disowned) = reviewed_world()
    page = page_of(world, by=by)
    kind = "· Opening of a thread 新建事项"
    assert read(page, disputed)[0] == f"{disputed.position} disputed 存疑 {kind}"
    assert read(page, disowned)[0] == f"{disowned.position} disowned 非其人员签名 {kind}"
    for entry in (before, confirmed):
        assert read(page, entry)[0] == f"{entry.position} {kind}"
        assert "doubt" not in read(page, entry)[2]
    since = disputed.position
    assert LINE.format(since) + LINE_ZH.format(since) in read(page, disputed)[2]
    assert DISOWNED in read(page, disowned)[2]
    headings = " ".join(each.text for each in Page(page).all("heading"))
    assert [headings.count(word) for word in ("disputed", "disowned", "stated as own")] == [1, 1, 0]


def test_pages_of_both_sides_bundles_are_the_same():
    world, entries = reviewed_world()
    for scope in (Scope("everything"), Scope("thread", entries[1].leaf.thread or "")):
        assert page_of(world, scope, "eu") == page_of(world, scope, "cn")


def test_page_of_a_thread_states_doubt_from_an_entry_outside():
    world, entries = reviewed_world()
    note = world.note("eu", entries[1].leaf.thread, by="laptop")
    stop = world.suspension("eu", "laptop", since=entries[3].position.index)
    world.append("eu", stop)
    world.exchange()
    page = page_of(world, Scope("thread", entries[1].leaf.thread or ""))
    assert " disputed 存疑 · " in read(page, note)[0]
    assert LINE.format(entries[3].position) in read(page, note)[2]


def test_disowned_entry_says_so_once_the_doubt_is_lifted():
    world, (_, disputed, _, disowned) = reviewed_world()
    stop = next(each for each in world.eu.own.entries if each.leaf.kind == "key.suspended")
    world.append("eu", world.restoration("eu", stop), also=["registrar"])
    world.exchange()
    page = page_of(world)
    assert "disputed" not in read(page, disputed)[2]
    assert " disowned 非其人员签名 · " in read(page, disowned)[0]
    assert DISOWNED in read(page, disowned)[2]


def test_entry_of_a_doubtful_second_signer_is_marked():
    world = World.founded()
    granted = world.append("eu", world.granting("eu", "newcomer"), also=["head"])
    world.append("eu", world.suspension("eu", "head", "director", since=granted.position.index))
    world.exchange()
    heading, _, text = read(page_of(world), granted)
    assert " disputed 存疑 · " in heading
    assert f"doubt about the key of a further signature from {granted.position} on" in text
    assert f"自{granted.position}起另一签名所用密钥是否由本人持有存疑" in text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (' <span class="doubt">disputed <span lang="zh-CN">存疑</span></span>', ""),
        ("非其人员签名</span></span>", "本人签名</span></span>"),
        ("Licensing · 3, desk officer", "Licensing · 4, desk officer"),
    ],
)
def test_page_with_another_word_or_author_is_a_fault(old, new):
    world, _ = reviewed_world()
    top, files = unpacked(bundle(world))
    page = files[PATH].decode()
    assert old in page
    changed = files | {PATH: page.replace(old, new, 1).encode()}
    report = verify(packed(top, repaired(changed)), trust_file(world))
    faults = [each for each in report.findings if each.severity == "fault"]
    assert [(each.code, each.place.file) for each in faults] == [("view-differs", PATH)]
    assert report.verdict == "not-proven"
    assert is_proven(report)


def test_page_is_the_same_from_spilled_rows(monkeypatch):
    world, _ = reviewed_world()
    monkeypatch.setattr(verifying, "SPILLED_BYTES", 0)
    monkeypatch.setattr(SpilledRows.__init__, "__defaults__", (5,))
    page_of(world)


# In which function (K6, K27) ---------------------------------------------------------


@pytest.mark.parametrize("by", PARTIES)
def test_page_names_the_function_that_an_entry_states(by):
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread
    other: Any = {"grant": 2, "desk": "customs", "unit": "Unit <B>"}
    world.append("eu", world.granting("eu", "clerk", **other), also=["head"])
    first = world.note("eu", thread, by="clerk")
    second = world.note("eu", thread, by="clerk", **SECOND)
    ending = {"person": world.eu.person("clerk"), "grant": 1, "reason": "moved"}
    world.append("eu", world.payload("eu", "role.ended", by="head", body=ending))
    key = world.add_key("eu", "clerk", "laptop")
    world.exchange()
    page = page_of(world, by=by)
    licensing = "Licensing · 4, desk officer, Unit A.1 许可处 · 4号，经办人，Unit A.1"
    customs = "customs · 4, desk officer, Unit <B> customs · 4号，经办人，Unit <B>"
    assert author(page, first) == licensing
    # The new key signs its enrolment, which states no function: the one in force then.
    assert [author(page, entry) for entry in (second, key)] == [customs] * 2


@pytest.mark.parametrize("by", PARTIES)
def test_page_says_for_whom_a_stand_in_signed(by):
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread
    absent: Any = {"grant": 2, "desk": "customs", "for": world.eu.person("other-desk"), **UNTIL}
    world.append("eu", world.granting("eu", "clerk", **absent), also=["head"])
    stood_in = world.note("eu", thread, by="clerk", **SECOND)
    own = world.note("eu", thread, by="clerk")
    ending = {"person": world.eu.person("clerk"), "grant": 2, "reason": "moved"}
    world.append("eu", world.payload("eu", "role.ended", by="head", body=ending))
    world.exchange()
    for scope in (Scope("everything"), Scope("thread", thread or "")):
        page = page_of(world, scope, by)
        assert author(page, stood_in) == (
            "customs · 4, as stand-in for customs · 5, desk officer, Unit A.1 "
            "customs · 4号，代行customs · 5号（经办人）职责，Unit A.1"
        )
        assert author(page, own) == (
            "Licensing · 4, desk officer, Unit A.1 许可处 · 4号，经办人，Unit A.1"
        )


def test_page_names_machines_and_root_by_their_role():
    world = World.founded()
    service = world.append("eu", machine(world, "eu", "service"))
    founding = world.eu.own.entries[0]
    world.exchange()
    page = page_of(world)
    assert author(page, founding) == "root key 根密钥"
    assert author(page, service) == "service key, Licensing 业务系统密钥，许可处"
