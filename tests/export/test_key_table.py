"""The table of both sides' keys in a bundle (K9 to K13, K20 to K22)."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.audit.scope import Scope
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.bytes.suites import fingerprint
from special_channel.export import spill
from special_channel.export import verify as verifying
from special_channel.export.spill import SpilledRows
from special_channel.export.verify import is_proven, verify
from tests.bundles import trust_file
from tests.core.test_judge_machines import machine
from tests.core.test_judge_roots import rotation
from tests.core.test_judge_succession import PERSONS, Committed, succession
from tests.export.bundling import bundle, packed, repaired, unpacked
from tests.export.test_write import table
from tests.world import Entry, World

PATH = "data/tables/keys.csv"
HOUR = 3600
WORDS = ("signed", "disputed", "confirmed", "disowned")
UNTIL = {"until": "2027-01-31T17:00:00Z"}

Line = dict[str, str]


def rows_of(world: World, scope: Scope | None = None, by: Party = "eu") -> list[Line]:
    """Verify a bundle of a world without a fault, and return the rows of its table of keys."""
    data = bundle(world, scope, by=by) if scope else bundle(world, by=by)
    report = verify(data, trust_file(world))
    assert {each.code for each in report.findings if each.severity != "notice"} == set()
    lines = table(unpacked(data)[1], "keys")
    return [dict(zip(lines[1], line, strict=True)) for line in lines[3:-1]]


def row(rows: list[Line], world: World, party: Party, key: str) -> Line:
    private = world.sides[party].keys[key].private
    digest = fingerprint(private.suite, private.public)
    [found] = [each for each in rows if each["fingerprint"] == digest]
    assert found["side"] == party.upper()
    return found


def when(entry: Entry) -> tuple[str, str]:
    """Return an entry as the table names it: number and time."""
    return str(entry.position), entry.leaf.accepted


def counts(line: Line) -> tuple[str, ...]:
    return tuple(line[word] for word in WORDS)


def later(world: World, entry: Entry) -> Entry:
    """Move the clock on, so that every act has a time of its own."""
    world.clock.forward(HOUR)
    return entry


# Whose key, for what, from when to when ----------------------------------------------


def test_each_key_of_both_sides_has_a_row_in_order():
    world = World.founded()
    world.add_key("eu", "desk", "laptop")
    world.exchange()
    rows = rows_of(world)
    places = [(each["side"] != "EU", not each["person"], int(each["person"] or 0)) for each in rows]
    assert places == sorted(places)
    keys = {
        (party, key)
        for party, side in world.sides.items()
        for key in side.keys
        # The next parts of the root are committed to, and have no key in the record yet.
        if not key.startswith("next")
    }
    assert len(rows) == len(keys)
    laptop = row(rows, world, "eu", "laptop")
    assert laptop["person"] == row(rows, world, "eu", "desk")["person"] == "3"
    assert (laptop["functions"], laptop["state"]) == ("desk licensing EU-1..", "active")
    assert (laptop["enrolled"], laptop["suite"]) == ("EU-14", "ed25519")
    assert row(rows, world, "cn", "root")["functions"] == "root"
    assert row(rows, world, "cn", "registrar")["functions"] == "registrar registry CN-0.."


def test_suspended_restored_and_revoked_are_dated_with_the_shared_reason():
    world = World.founded()
    before = later(world, world.append("eu", world.suspension("eu", "desk", whole=True)))
    back = later(world, world.append("eu", world.restoration("eu", before), also=["registrar"]))
    later(world, world.add_key("eu", "desk", "laptop"))
    first = later(world, world.append("eu", world.suspension("eu", "desk")))
    lifted = later(world, world.append("eu", world.restoration("eu", first), also=["registrar"]))
    again = later(world, world.append("eu", world.suspension("eu", "desk", whole=True)))
    ended = later(world, world.append("eu", world.revocation("eu", "desk"), also=["registrar"]))
    world.exchange()
    rows = rows_of(world)
    desk = row(rows, world, "eu", "desk")
    stops, restorations = (before, first, again), (back, lifted)
    assert desk["suspended"] == " ".join(when(each)[0] for each in stops)
    assert desk["suspended_at"] == " ".join(when(each)[1] for each in stops)
    # The true reason of a stop is in the side's private log, and is not in a bundle.
    assert desk["suspended_reason"] == " ".join(["stated-at-home"] * 3)
    assert desk["restored"] == " ".join(when(each)[0] for each in restorations)
    assert desk["restored_at"] == " ".join(when(each)[1] for each in restorations)
    assert (desk["ended"], desk["ended_at"]) == when(ended)
    assert (desk["state"], desk["ended_reason"]) == ("revoked", "stated-at-home")
    assert (desk["doubtful_since"], desk["doubtful_at"]) == ("", "")
    laptop = row(rows, world, "eu", "laptop")
    assert laptop["state"] == "suspended"
    # What was over before the key was enrolled is not the key's.
    assert (laptop["suspended"], laptop["restored"]) == (str(again.position), "")
    assert laptop["ended"] == laptop["ended_at"] == laptop["ended_reason"] == ""


def test_functions_have_spans_and_a_stand_in_names_the_absent():
    world = World.founded()
    other: Any = {"grant": 2, "desk": "customs"}
    moved = world.append("eu", world.granting("eu", "clerk", **other), also=["head"])
    ending = {"person": world.eu.person("clerk"), "grant": 1, "reason": "moved"}
    over = world.append("eu", world.payload("eu", "role.ended", by="head", body=ending))
    world.add_key("eu", "clerk", "laptop")
    absent = {"grant": 2, "role": "head", "for": world.eu.person("head"), **UNTIL}
    body: Any = absent | {"keys": [world.eu.keys["director"].key]}
    stand = world.append("eu", world.granting("eu", "director", **body), also=["head"])
    left = {"person": world.eu.person("other-desk")}
    gone = world.append("eu", world.payload("eu", "person.left", by="head", body=left))
    world.exchange()
    rows = rows_of(world)
    first, second = f"desk licensing EU-3..{over.position}", f"desk customs {moved.position}.."
    assert row(rows, world, "eu", "clerk")["functions"] == f"{first}; {second}"
    assert row(rows, world, "eu", "laptop")["functions"] == second
    assert row(rows, world, "eu", "director")["functions"] == (
        f"director licensing EU-9..; head licensing {stand.position}.. for 6"
    )
    line = row(rows, world, "eu", "other-desk")
    assert (line["state"], line["ended"], line["ended_reason"]) == ("left", str(gone.position), "")
    assert line["functions"] == f"desk customs EU-5..{gone.position}"


def test_a_leaders_function_is_of_its_listed_keys_alone():
    world = World.founded()
    world.add_key("eu", "desk", "laptop")
    body: Any = {"grant": 2, "role": "director", "keys": [world.eu.keys["laptop"].key]}
    leads = world.append("eu", world.granting("eu", "desk", **body), also=["head"])
    world.exchange()
    rows = rows_of(world)
    functions = [row(rows, world, "eu", key)["functions"] for key in ("desk", "laptop")]
    desk = "desk licensing EU-1.."
    assert functions == [desk, f"{desk}; director licensing {leads.position}.."]


def test_machines_have_their_role_and_the_reason_of_the_next_key():
    world = Committed.founded()
    world.append("eu", machine(world, "eu", "service"))
    changed = succession(world, "eu", "cosigning", reason="compromised")
    later(world, world.append("eu", changed, also=PERSONS))
    world.exchange()
    line = row(rows_of(world), world, "eu", "new")
    assert (line["person"], line["functions"]) == ("", "service licensing")
    old, new = (row(rows_of(world), world, "eu", key) for key in ("cosigning", "cosigning-2"))
    assert old["functions"] == new["functions"] == "cosigning"
    assert (old["ended"], old["ended_at"]) == (new["enrolled"], new["enrolled_at"])
    assert (old["ended_reason"], new["state"], counts(new)) == ("compromised", "active", ("0",) * 4)


# Doubt -------------------------------------------------------------------------------


def reviewed_world() -> tuple[World, list[Entry]]:
    """Four entries of a doubtful key: before the doubt, disputed, confirmed, disowned."""
    world = World.founded()
    world.add_key("eu", "desk", "laptop")
    entries = [later(world, world.open_thread("eu")) for _ in range(4)]
    since = entries[1].position.index
    world.append("eu", world.suspension("eu", "desk", since=since))
    for entry, word in zip(entries[2:], ("confirmed", "disowned"), strict=True):
        body: dict[str, Any] = {"word": word, "entries": [entry.id]}
        world.append("eu", world.payload("eu", "entry.reviewed", by="laptop", body=body))
    world.exchange()
    return world, entries


def test_doubt_is_dated_and_counted_by_word():
    world, entries = reviewed_world()
    line = row(rows_of(world), world, "eu", "desk")
    assert (line["doubtful_since"], line["doubtful_at"]) == when(entries[1])
    assert counts(line) == ("5", "1", "1", "1")  # the enrolment and four threads
    laptop = row(rows_of(world), world, "eu", "laptop")
    assert (counts(laptop), laptop["doubtful_since"]) == (("3", "0", "0", "0"), "")


def test_signed_counts_what_a_thread_bundle_has_in_scope():
    world, entries = reviewed_world()
    scope = Scope("thread", entries[3].leaf.thread or "")
    line = row(rows_of(world, scope), world, "eu", "desk")
    assert counts(line) == ("2", "0", "0", "1")
    # The threads before are not in the bundle; their lines in the log state the time.
    assert (line["doubtful_since"], line["doubtful_at"]) == when(entries[1])


def test_second_signer_without_doubt_has_no_disputed_entry():
    world = World.founded()
    granted = later(world, world.append("eu", world.granting("eu", "newcomer"), also=["head"]))
    world.append("eu", world.suspension("eu", "head", "director", since=granted.position.index))
    world.exchange()
    rows = rows_of(world)
    assert counts(row(rows, world, "eu", "head"))[1:] == ("1", "0", "0")
    assert counts(row(rows, world, "eu", "registrar"))[1:] == ("0", "0", "0")


def test_disowned_entry_counts_once_the_doubt_is_lifted():
    world, _ = reviewed_world()
    stop = next(each for each in world.eu.own.entries if each.leaf.kind == "key.suspended")
    world.append("eu", world.restoration("eu", stop), also=["registrar"])
    world.exchange()
    line = row(rows_of(world), world, "eu", "desk")
    assert (line["state"], line["doubtful_since"]) == ("active", "")
    assert counts(line)[1:] == ("0", "0", "1")


def test_root_parts_are_doubtful_before_their_rotation_alone():
    world = World.founded()
    stated = rotation(world, "eu", since=0)
    later(world, world.append("eu", stated, also=["next-2", "root", "root-2"]))
    world.exchange()
    rows = rows_of(world)
    old, new = (row(rows, world, "eu", key) for key in ("root", "next"))
    assert (old["doubtful_since"], old["state"], counts(old)[1]) == ("EU-0", "revoked", "1")
    assert (new["doubtful_since"], new["state"], counts(new)[1]) == ("", "active", "0")
    assert old["ended"] == new["enrolled"] == str(Position("eu", world.eu.own.size - 1))


# What both sides and the verifier make of it ------------------------------------------


def test_both_sides_bundles_have_the_same_rows():
    world, entries = reviewed_world()
    for scope in (Scope("everything"), Scope("thread", entries[3].leaf.thread or "")):
        assert rows_of(world, scope, "eu") == rows_of(world, scope, "cn")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b",5,1,1,1\r\n", b",5,0,2,1\r\n"),
        (b"suspended,EU-2,", b"active,EU-2,"),
        (b"EU,3,", b"EU,4,"),
    ],
)
def test_changed_byte_in_the_table_of_keys_is_a_fault(old, new):
    world, _ = reviewed_world()
    top, files = unpacked(bundle(world))
    assert files[PATH].count(old) in {1, 2}
    changed = files | {PATH: files[PATH].replace(old, new, 1)}
    report = verify(packed(top, repaired(changed)), trust_file(world))
    faults = [each for each in report.findings if each.severity == "fault"]
    assert [(each.code, each.place.file) for each in faults] == [("table-differs", PATH)]
    assert report.verdict == "not-proven"
    assert is_proven(report)  # the entries are; `--derive` writes a fresh table


def test_table_of_keys_is_the_same_from_spilled_rows(monkeypatch):
    world, _ = reviewed_world()
    monkeypatch.setattr(verifying, "SPILLED_BYTES", 0)
    monkeypatch.setattr(SpilledRows.__init__, "__defaults__", (5,))
    assert spill.MAX_ROWS > 5
    assert len(rows_of(world)) == 31
