"""Entries, ids and submissions: form alone, before anything is judged (P9)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest

from special_channel.core.audit.scope import names
from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import (
    BadSignature,
    ChannelError,
    Malformed,
    NotFound,
    OutcomeUnknown,
    Refused,
)
from special_channel.core.bytes.ids import Position, party_of, peer_of
from special_channel.core.entries import (
    DIRECTORY_KINDS,
    ENTRY,
    MAX_PAYLOAD_BYTES,
    SHARED_KINDS,
    Entry,
    SharedEntry,
    parse,
    parse_canonical,
)
from special_channel.core.replay.needs import needs, roots_needed
from special_channel.core.rows.charter import Charter
from special_channel.core.rows.directory import KeyRow, PartyRow, Stop
from special_channel.core.rows.past import Past, Placed, PlacedPrivately
from special_channel.core.rows.submission import Submission, check_parts, read
from special_channel.core.rows.writing import Signer, data_part, file_part, sign, text_part
from special_channel.core.rules.judge_context import JudgeContext
from special_channel.core.rules.signers import standing_key
from special_channel.core.rules.state import key_of, row_digest
from tests.stories import DUE, Story, busy
from tests.world import World


@pytest.fixture(scope="module")
def story() -> Story:
    return busy()


def payload(world: World, **fields: Any) -> dict[str, Any]:
    return world.payload("eu", "note.posted", thread="a" * 32, lang="en") | fields


def code_of(act, *args, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return caught.value.code


# Payloads ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "note.shouted"}, "kind-unknown"),
        ({"kind": 7}, "kind-unknown"),
        ({"shout": True}, "field-unknown"),
        ({"body": {"shout": True}}, "field-unknown"),
        ({"v": 2}, "entry-malformed"),
        ({"v": True}, "entry-malformed"),
        ({"log": "UPPER/log"}, "entry-malformed"),
        ({"by": "us:" + "0" * 32}, "entry-malformed"),
        ({"at": "2026-11-24T09:00:00+00:00"}, "entry-malformed"),
        ({"at": "2026-13-24T09:00:00Z"}, "entry-malformed"),
        ({"at": "2026-02-30T09:00:00Z"}, "entry-malformed"),
        ({"at": "0000-01-01T09:00:00Z"}, "entry-malformed"),
        ({"thread": "A" * 32}, "entry-malformed"),
        ({"lang": "english"}, "entry-malformed"),
        ({"marking": "TOP SECRET"}, "entry-malformed"),
        ({"parts": []}, "entry-malformed"),
        ({"parts": [{"k": "video", "c": "a" * 64}]}, "entry-malformed"),
        ({"answers": [{"id": "a" * 64, "q": ["0"]}]}, "entry-malformed"),
    ],
    ids=range(18),
)
def test_a_payload_outside_the_schema_is_refused(change, code, story):
    good = payload(story.world, parts=[{"k": "text", "c": "a" * 64}])
    parse(canonical.dumps(good))
    assert code_of(parse, canonical.dumps(good | change)) == code


@pytest.mark.parametrize("data", [b"", b"{", b'{"v":1.0}', b'{"v":1,"v":1}', b"[]", b'"x"'])
def test_what_is_no_canonical_object_is_no_entry(data):
    with pytest.raises(Malformed):
        parse(data)


def read_in_two_steps(data: bytes) -> Entry:
    canonical.loads(data, max_bytes=MAX_PAYLOAD_BYTES)
    return parse_canonical(data)


def outcome(reads: Callable[[bytes], Entry], data: bytes) -> object:
    """Return the entry, or the code and the facts of the refusal."""
    try:
        return reads(data)
    except Malformed as error:
        return error.code, dict(error.facts)


GOOD = canonical.dumps(
    payload(
        World(),
        parts=[{"k": "text", "c": "a" * 64}],
        asks=[{"q": "1", "who": "cn", "due": DUE, "charter": "b" * 64, "provisional": True}],
        seen=[{"log": "eu.channel.example/log", "size": 0, "root": "c" * 64}],
    )
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"", b""),
        (b'"v":1', b'"v":1.0'),
        (b'"v":1', b'"v":null'),
        (b'"v":1', b'"v":9007199254740992'),
        (b'"v":1', b'"v":1,"v":1'),
        (b'"v":1', b'"v":2,"V":1'),
        (b'"size":0', b'"size":9007199254740992'),
        (b'"size":0', b'"size":-0'),
        (b'"lang":"en"', b'"lang":"\\u0065n"'),
        (b'"lang":"en"', b'"lang":null'),
        (b'"lang":"en"', b'"lang":"null"'),
        (b'"lang":"en"', b'"lang":"\xed\xa0\x80"'),
        (b'"lang":"en"', b'"lang":"en","marking":null'),
        (b'"lang":"en"', b'"lang":"en","marking":null,"shout":1.5'),
        (b'"body":{}', b'"body":{"a":[[[[[]]]]]}'),
        (b'"body":{}', b'"body":{"translation":null}'),
        (b'"body":{}', b'"body":{"A":1,"translation":{"lang":"en","parts":[0.5]}}'),
        (b'"body":{}', b'"body":' + b"[" * 1100 + b"]" * 1100),
        (b'"who"', b'"rule":null,"who"'),
        (b'"kind":"note.posted"', b'"kind":"note.shouted"'),
        (b'"kind":"note.posted",', b""),
        (b'{"asks"', b'\xef\xbb\xbf{"asks"'),
        (b'{"asks"', b' {"asks"'),
        (b'{"asks"', b'{"answers":[],"asks"'),
        (b"a" * 64, b"a" * 33_000),
    ],
)
def test_parse_answers_as_form_and_schema_one_by_one(old, new):
    data = GOOD.replace(old, new, 1)
    assert old in GOOD
    assert (data == GOOD) == (old == new)
    assert outcome(parse, data) == outcome(read_in_two_steps, data)


def test_parse_of_any_changed_byte_names_the_same_fault():
    for at, byte in enumerate(GOOD):
        for changed in (byte ^ 1, byte ^ 32, 0x5C, 0x00, 0xFF):
            data = GOOD[:at] + bytes([changed]) + GOOD[at + 1 :]
            assert outcome(parse, data) == outcome(read_in_two_steps, data), data
        data = GOOD[:at] + GOOD[at + 1 :]
        assert outcome(parse, data) == outcome(read_in_two_steps, data), data


@pytest.mark.parametrize(
    ("escape", "code"),
    [
        (rb"\n", None),
        (rb"\"", None),
        (rb"\\", None),
        (rb"\\n", None),
        (rb"\t", "json-string"),
        (rb"\u0000", "json-string"),
        (rb"\u000a", "json-not-canonical"),
        (rb"\/", "json-not-canonical"),
        (rb"\ud800", "json-malformed"),
    ],
)
def test_escapes_in_a_quoted_note_are_those_of_the_profile(escape, code, story):
    # A quoted note is the one text that its schema leaves free.
    data = story.passed.envelope.payload.replace(rb"\n", escape, 1)
    result = outcome(parse, data)
    assert result == outcome(read_in_two_steps, data)
    assert (result[0] if isinstance(result, tuple) else None) == code


def test_entries_of_a_busy_record_read_alike_in_one_and_two_steps(story):
    world = story.world
    payloads = [
        entry.envelope.payload
        for side in (world.eu, world.cn)
        for copy in side.copies.values()
        for entry in copy.entries
    ]
    assert len({parse(data).kind for data in payloads}) >= 10
    for data in payloads:
        assert parse(data) == read_in_two_steps(data)


def test_schema_keeps_within_the_profile_of_canonical_json():
    schema = ENTRY.json_schema()
    bound = canonical.MAX_INTEGER

    def depth(node: dict[str, Any]) -> int:
        """Return how deeply what fits a node may nest; assert what `parse` takes for granted."""
        if "$ref" in node:
            return depth(schema["$defs"][node["$ref"].rpartition("/")[2]])
        choices = node.get("anyOf") or node.get("oneOf")
        if choices:
            return max(map(depth, choices))
        match node["type"]:
            case "object":
                assert node["additionalProperties"] is False
                fields = node.get("properties", {})
                assert all(re.fullmatch(r"[a-z][a-z0-9_.]{0,31}", key) for key in fields)
                return 1 + max(map(depth, fields.values()), default=0)
            case "array":
                return 1 + depth(node["items"])
            case "integer":
                assert -bound <= node["minimum"] <= node["maximum"] <= bound
            case other:
                assert other in {"string", "boolean", "null"}
        return 0

    assert depth(schema) <= canonical.MAX_DEPTH


def test_nothing_of_an_entry_can_be_changed_after_reading(story):
    entry = parse(story.note.envelope.payload)
    with pytest.raises(ValueError, match="frozen"):
        entry.kind = "thread.closed"  # type: ignore[misc]


def test_every_kind_has_one_class():
    kinds = [get_args(model.model_fields["kind"].annotation)[0] for model in get_args(Entry)]
    assert len(set(kinds)) == len(kinds)
    assert {
        get_args(model.model_fields["kind"].annotation)[0] for model in get_args(SharedEntry)
    } == SHARED_KINDS


# Submissions -------------------------------------------------------------------------


def test_a_submission_is_an_envelope_and_all_its_parts(story):
    good = story.note.submission
    incoming = read(good, whole=True)
    assert incoming.signers == (story.world.eu.keys["desk"].key,)
    assert code_of(read, replace(good, parts=good.parts[:1]), whole=True) == "part-count"
    assert code_of(read, replace(good, parts=(None, good.parts[1])), whole=True) == "part-missing"
    assert read(replace(good, parts=(None, good.parts[1])), whole=False).data is None
    swapped = replace(good, parts=tuple(reversed(good.parts)))
    assert code_of(read, swapped, whole=True) == "part-digest"


def test_a_whole_submission_is_parsed_once(story):
    good = story.note.submission
    sent = Submission(good.envelope, good.parts)
    first = read(sent, whole=True)
    assert read(sent, whole=True).entry is first.entry
    assert read(sent, whole=False) == first
    assert sent == Submission(good.envelope, good.parts)


def test_a_submission_that_lacks_a_part_is_checked_each_time(story):
    good = story.note.submission
    lacking = replace(good, parts=(None, good.parts[1]))
    assert read(lacking, whole=False).data is None
    assert code_of(read, lacking, whole=True) == "part-missing"
    assert code_of(read, replace(good, envelope=b"{}"), whole=True) == "envelope-malformed"


def test_an_envelope_of_another_type_holds_no_entry(story):
    other = replace(story.note.envelope, payload_type="text/plain")
    submission = Submission(other.encode(), story.note.submission.parts)
    assert code_of(read, submission, whole=True) == "payload-type"


def test_a_part_has_the_role_that_the_entry_says():
    world = World()
    text = world.text("x")
    entry = payload(world, parts=[{"k": "subject", "c": _commitment(text)}])
    refs = parse(canonical.dumps(entry)).parts
    assert code_of(check_parts, refs, [text], whole=True) == "part-role"


def _commitment(disclosure: bytes) -> str:
    from special_channel.core.bytes.parts import commitment

    return commitment(disclosure)


def test_what_is_built_is_what_is_read():
    salt = bytes(32)
    world = World()
    key = world.eu.keys["desk"]
    disclosures = [
        text_part("text", salt, "Good morning."),
        file_part(salt, "a.txt", "text/plain", 1, "a" * 64),
        data_part(salt, "list", {"rows": []}),
    ]
    from special_channel.core.rows.writing import part_refs

    stated = payload(world, parts=part_refs(disclosures))
    submission = sign(stated, [Signer(key.key, key.private)], disclosures)
    incoming = read(submission, whole=True)
    assert incoming.data == b'{"rows":[]}'
    assert incoming.id == incoming.envelope.id


# Ids and errors ----------------------------------------------------------------------


def test_parties_and_their_keys():
    assert (peer_of("eu"), peer_of("cn")) == ("cn", "eu")
    assert (party_of("eu:" + "0" * 32), party_of("cn:" + "0" * 32)) == ("eu", "cn")


def test_an_error_says_its_code_and_is_safe_to_show():
    assert str(NotFound("thread-unknown")) == "thread-unknown"
    assert str(OutcomeUnknown("commit-unknown", "Read back.")) == "commit-unknown: Read back."
    error = ChannelError("x", "Y.", limit=3)
    assert (error.detail, error.facts) == ("Y.", {"limit": 3})
    assert ChannelError("x").detail == "x"


# Rows at the edges of a past ---------------------------------------------------------


def test_a_keys_standing_is_that_of_the_past_asked_about():
    row = KeyRow("eu:" + "0" * 32, "eu", "ed25519", "", enrolled=3)
    row = replace(row, stops=(Stop("a" * 64, 5, row.key, restored=7),))
    standings = [row.standing(Past("eu", index, 0)) for index in (3, 4, 5, 6, 7, 8)]
    assert standings == ["unknown", "active", "active", "suspended", "suspended", "active"]
    with pytest.raises(BadSignature) as caught:
        standing_key(JudgeContext({}, {}, {}), row.key, Past("eu", 9, 0))
    assert caught.value.code == "key-unknown"
    with pytest.raises(BadSignature) as caught:
        standing_key(JudgeContext({}, {("key", row.key): row}, {}), row.key, Past("cn", 9, 6))
    assert caught.value.code == "key-suspended"


def test_a_due_time_is_that_of_the_past_asked_about(story):
    from special_channel.core.rows.question_facts import DueMove
    from special_channel.core.rows.questions import QuestionRow
    from special_channel.core.rules.state import question_key

    row = story.world.eu.replay.rows[question_key(story.note.id, "1")]
    assert isinstance(row, QuestionRow)
    row = replace(row, moves=(DueMove(50, "2026-12-01T09:00:00Z", "suspended", "a" * 64),))
    assert row.due_in(Past("eu", 50, 0)) == DUE
    assert row.due_in(Past("eu", 51, 0)) == row.due == "2026-12-01T09:00:00Z"


def test_a_party_keeps_its_founded_keys(story):
    row = story.world.cn.replay.rows["party", "eu"]
    assert isinstance(row, PartyRow)
    assert row.key("node") == story.world.eu.keys["node"].key


def test_a_charter_names_its_desks(story):
    charter = Charter.model_validate_json(canonical.dumps(story.world.charter()))
    desk = charter.desk("cn", "licensing")
    assert desk is not None
    assert desk.title_zh == "许可处"
    assert charter.desk("cn", "customs") is None


def test_a_court_finds_charters_among_its_rows_or_is_given_them(story):
    rows = story.world.eu.replay.rows
    found = JudgeContext(story.world.pins, rows, {}).charters()
    assert [row.number for row in found] == [1]
    assert JudgeContext(story.world.pins, {}, {}, found).charters() == found


def test_every_row_has_one_key_and_a_digest(story):
    rows = story.world.eu.replay.rows
    assert {table for table, _ in rows} == {
        "party", "person", "key", "charter", "entry", "thread", "note", "ask", "batch", "listing",
        "application",
    }  # fmt: skip
    assert all(key_of(row) == key for key, row in rows.items())
    assert len({row_digest(row) for row in rows.values()}) == len(rows)


def test_needs_name_all_that_an_entry_changes(story):
    """The fold changes only new rows and rows named by `needs`."""
    from special_channel.core.replay.fold import fold

    world = story.world
    for presented in [*world.presented("eu"), *world.presented("cn")]:
        placed = presented.placed
        asked = needs(presented.entry, [], presented.data)
        rows = {key: row for key, row in world.eu.replay.rows.items() if key in asked}
        if presented.entry.kind in DIRECTORY_KINDS:
            continue
        changed = fold(rows, placed)
        assert set(changed) - asked <= {
            key
            for key in changed
            if key[0] in {"entry", "note", "ask", "batch", "listing"} and placed.id in key[1]
        }


@pytest.mark.parametrize("data", [None, b"{}", b"nonsense"])
def test_a_sheet_that_can_not_be_read_needs_no_rows_and_is_refused_by_the_judge(data, story):
    for entry in (story.batch, story.world.cn.own.entries[-1]):
        found = needs(parse(entry.envelope.payload), [], data)  # type: ignore[arg-type]
        assert not any(table in {"application", "listing"} for table, _ in found)


@pytest.mark.parametrize(
    "note",
    ["no note", "a\nb\n\n— a aaaaaaaa\n", "eu.example/log\n99999999999999999\n\n— a AAAAAAA=\n"],
)
def test_a_note_that_is_no_checkpoint_asks_for_no_root(note, story):
    body = dict(story.passed.payload["body"]) | {"delivered": note, "head": note}
    entry = parse(canonical.dumps(story.passed.payload | {"body": body, "seen": []}))
    assert roots_needed(entry) == frozenset()  # type: ignore[arg-type]
    del body["head"]
    entry = parse(canonical.dumps(story.passed.payload | {"body": body, "seen": []}))
    assert roots_needed(entry) == frozenset()  # type: ignore[arg-type]


def test_what_an_entry_names_is_found(story):
    world = story.world
    assert names(parse(story.answer.envelope.payload)) == {story.note.id}  # type: ignore[arg-type]
    assert names(parse(story.batch_thread.envelope.payload)) == {story.batch.id}  # type: ignore[arg-type]
    assert names(parse(story.thread.envelope.payload)) == frozenset()  # type: ignore[arg-type]
    body = {"asks": [{"id": "b" * 64, "q": "1"}]}
    close = world.payload("eu", "thread.closed", thread="a" * 32, body=body)
    assert names(parse(canonical.dumps(close))) == {"b" * 64}  # type: ignore[arg-type]
    moved = {"q": "1", "due": DUE, "basis": "agreed", "proposal": "c" * 64}
    move = world.payload("eu", "deadline.moved", thread="a" * 32, ref="d" * 64, body=moved)
    assert names(parse(canonical.dumps(move))) == {"c" * 64, "d" * 64}  # type: ignore[arg-type]


def test_places_know_their_order(story):
    placed = Placed(Position("eu", 5), 3, DUE, "a" * 64, parse(story.note.envelope.payload))  # type: ignore[arg-type]
    assert (placed.order, placed.past) == (8, Past("eu", 5, 3))
    assert PlacedPrivately(0, 1, 2, DUE, "a" * 64, placed.entry).data is None  # type: ignore[arg-type]
