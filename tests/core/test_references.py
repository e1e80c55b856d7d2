"""Applications that the EU lists under a reference: nothing is stated of it but its number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from special_channel.core.audit.audit import audit
from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party
from special_channel.core.entries import ListRow, ReturnRow, parse_model
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.links import found_as
from special_channel.core.rows.recorded import as_recorded
from special_channel.core.rules.state import listing_key
from special_channel.core.sense.list_case import NumberRecord
from special_channel.core.sense.list_rows import list_row as findings_of_list_row
from special_channel.core.sense.return_rows import return_row
from tests.bundles import evidence_of, trust_of
from tests.core import test_list_rows, test_return_rows
from tests.core.judging import code_of, refusal
from tests.permits import list_row
from tests.world import Entry, World

REFERENCE = "REF:FIKTIV-17"
NUMBER = "A-1"


@pytest.fixture
def batch(world: World) -> Entry:
    listed = world.list_batch([REFERENCE, "A-2"])
    world.exchange()
    return listed


def application(world: World, number: str) -> ApplicationRow:
    world.exchange()
    assert world.eu.digest == world.cn.digest
    row = world.eu.replay.rows["application", number]
    assert isinstance(row, ApplicationRow)
    return row


def stated(world: World, party: Any = "cn") -> str:
    link = found_as(application(world, REFERENCE), party)
    return link.number if link else ""


def answer(world: World, batch: Entry, number: str, **more: Any) -> Entry:
    row: dict[str, Any] = {"row": 1, "number": REFERENCE, "found_as": number}
    return world.answer_batch(batch, [row | more])


def linked(world: World, party: Any, number: str, former: str, basis: str = "matched") -> Entry:
    body = {"number": number, "former": former, "basis": basis}
    return world.append(party, world.payload(party, "application.linked", body=body))


def test_number_of_a_reference_is_found_by_an_answer(world, batch):
    answered = answer(world, batch, NUMBER)
    row, named = application(world, REFERENCE), application(world, NUMBER)
    assert [each.match for each in row.matches] == ["found"]
    assert row.cn == named.cn == ()
    assert stated(world) == NUMBER
    assert row.links == named.links
    [link] = named.links
    assert (link.party, link.index, link.row, link.basis) == (
        "cn", answered.position.index, 1, "matched",
    )  # fmt: skip
    listing = world.eu.replay.rows[listing_key(batch.id, 1)]
    assert (listing.match, listing.found_as) == ("found", NUMBER)


def test_either_side_states_the_number_and_the_last_word_holds(world, batch):
    linked(world, "eu", NUMBER, REFERENCE)
    linked(world, "cn", "A-7", REFERENCE)
    linked(world, "cn", NUMBER, REFERENCE)
    assert (stated(world, "eu"), stated(world, "cn")) == (NUMBER, NUMBER)
    assert len(application(world, "A-7").links) == 1


def test_number_taken_back_leaves_what_its_side_stated_before(world, batch):
    first = linked(world, "eu", NUMBER, REFERENCE)
    linked(world, "eu", "A-7", REFERENCE)
    sizes: Mapping[Party, int] = {"eu": first.position.index + 2, "cn": 0}
    linked(world, "eu", "A-7", REFERENCE, "withdrawn")
    assert stated(world, "eu") == NUMBER
    assert application(world, "A-7").live_links == ()
    row = application(world, REFERENCE)
    then = found_as(as_recorded(row, sizes), "eu")
    assert then is not None
    assert then.number == "A-7"
    since = found_as(as_recorded(row, sizes, {"eu": 99, "cn": 99}), "eu")
    assert since is not None
    assert since.number == NUMBER
    linked(world, "eu", NUMBER, REFERENCE, "withdrawn")
    assert stated(world, "eu") == ""


def test_number_found_in_a_sheet_is_corrected_by_a_sheet_alone(world, batch):
    answer(world, batch, NUMBER)
    world.exchange()
    assert code_of(linked, world, "cn", NUMBER, REFERENCE, "withdrawn") == "link-unknown"
    linked(world, "cn", NUMBER, REFERENCE)
    linked(world, "cn", NUMBER, REFERENCE, "withdrawn")
    assert stated(world) == NUMBER


def test_later_answer_that_found_nothing_ends_the_number(world, batch):
    answer(world, batch, NUMBER)
    world.exchange()
    world.answer_batch(batch, [{"row": 1, "number": REFERENCE, "match": "not_found"}])
    assert stated(world) == ""
    linked(world, "eu", NUMBER, REFERENCE)
    assert (stated(world, "eu"), stated(world)) == (NUMBER, "")
    answer(world, batch, "A-7")
    assert stated(world) == "A-7"


def test_reference_is_listed_by_its_number_alone(world, batch):
    assert application(world, REFERENCE).first_listed() == ""
    assert application(world, "A-2").first_listed() == "2026-11-20"


def test_record_with_a_matched_reference_is_proven(world, batch):
    answer(world, batch, NUMBER)
    linked(world, "eu", NUMBER, REFERENCE)
    world.exchange()
    report = audit(evidence_of(world), trust_of(world)).report
    assert report.verdict == "authentic-and-complete", report.findings


def test_corrected_answer_takes_its_number_back(world, batch):
    wrong = answer(world, batch, "A-9")
    world.exchange()
    answer(world, batch, NUMBER, corrects={"id": wrong.id, "row": 1})
    assert stated(world) == NUMBER
    assert found_as(application(world, REFERENCE), "eu") is None
    then: Mapping[Party, int] = {"eu": batch.position.index + 1, "cn": wrong.position.index + 1}
    recorded = found_as(as_recorded(application(world, REFERENCE), then), "cn")
    assert recorded is not None
    assert recorded.number == "A-9"
    corrected = as_recorded(application(world, REFERENCE), then, {"eu": 99, "cn": 99})
    assert [link.number for link in corrected.links] == ["A-9", NUMBER]
    last = world.cn.replay.rows[listing_key(batch.id, 1)]
    assert last.found_as == NUMBER
    mine = {"row": 1, "number": REFERENCE, "match": "not_found"}
    again = next(each for each in application(world, REFERENCE).matches[1:])
    world.answer_batch(batch, [mine | {"corrects": {"id": again.id, "row": 1}}])
    assert stated(world) == ""


def test_two_references_may_be_one_application_in_one_sheet(world):
    listed = world.list_batch([REFERENCE, "REF:FIKTIV-18", NUMBER])
    world.exchange()
    rows = [
        {"row": 1, "number": REFERENCE, "found_as": NUMBER},
        {"row": 2, "number": "REF:FIKTIV-18", "found_as": NUMBER},
        {"row": 3, "number": NUMBER, "state": "review", "as_of": "2026-11-20"},
    ]
    world.answer_batch(listed, rows)
    row = application(world, NUMBER)
    assert [link.former for link in row.links] == [REFERENCE, "REF:FIKTIV-18"]
    assert [each.state for each in row.cn] == ["review"]


def test_a_matched_reference_is_no_difference(world, batch):
    for party in ("eu", "cn"):
        body = {"number": NUMBER, "state": "review", "as_of": "2026-11-20", "source": "supplier"}
        world.append(party, world.payload(party, "application.asserted", body=body))
    answer(world, batch, NUMBER)
    assert application(world, NUMBER).differences() == ()
    linked(world, "cn", NUMBER, "A-0", "refiled")
    assert application(world, NUMBER).differences() == ("link",)


@pytest.mark.parametrize(
    "fields",
    [{"state": "review"}, {"as_of": "2026-11-20"}],
)
def test_list_row_of_a_reference_states_nothing(fields):
    row = list_row(1, REFERENCE)
    assert parse_model(ListRow, canonical.dumps(row)).number == REFERENCE
    with pytest.raises(Malformed):
        parse_model(ListRow, canonical.dumps(row | fields))
    assert parse_model(ListRow, canonical.dumps(row | fields | {"number": NUMBER})).number == NUMBER


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "review"},
        {"as_of": "2026-11-20"},
        {"accepted_on": "2026-11-20"},
        {"clock": "runs"},
        {"days_used": 3},
        {"missing": ["contract"]},
        {"decision": "approved"},
        {"decided_on": "2026-11-20"},
        {"found_as": "REF:FIKTIV-18"},
        {"match": "not_found", "found_as": NUMBER},
        {"number": "A-2", "found_as": NUMBER},
    ],
)
def test_return_row_states_a_number_of_a_found_reference_alone(fields):
    row = {"row": 1, "number": REFERENCE, "match": "found"}
    assert parse_model(ReturnRow, canonical.dumps(row | {"found_as": NUMBER})).found_as == NUMBER
    assert parse_model(ReturnRow, canonical.dumps(row | {"remark": "typo"})).found_as is None
    with pytest.raises(Malformed):
        parse_model(ReturnRow, canonical.dumps(row | fields))


def test_sheet_that_states_something_of_a_reference_is_refused(world, batch):
    row = {"row": 1, "number": REFERENCE, "match": "found", "state": "review"}
    payload = world.payload("cn", "batch.answered", ref=batch.id, body={"rows": 1})
    parts = [world.data("return-sheet", {"rows": [row]})]
    assert refusal(world, "cn", payload, parts, also=["head"]) == "entry-malformed"


def test_only_a_reference_is_matched(world, batch):
    body = {"number": NUMBER, "former": "A-0", "basis": "matched"}
    link = world.payload("cn", "application.linked", body=body)
    assert refusal(world, "cn", link) == "entry-malformed"
    body = {"number": NUMBER, "former": REFERENCE, "basis": "refiled"}
    link = world.payload("cn", "application.linked", body=body)
    assert refusal(world, "cn", link) == "entry-malformed"


def test_nothing_else_is_stated_of_a_reference(world, batch):
    body = {"number": REFERENCE, "state": "review", "as_of": "2026-11-20", "source": "bureau"}
    payload = world.payload("cn", "application.asserted", body=body)
    assert code_of(world.append, "cn", payload) == "entry-malformed"


def test_correction_names_no_number_that_a_row_found(world, batch):
    answered = answer(world, batch, NUMBER)
    world.exchange()
    body = {
        "number": NUMBER, "state": "review", "as_of": "2026-11-20", "source": "bureau",
        "corrects": {"id": answered.id},
    }  # fmt: skip
    payload = world.payload("cn", "application.asserted", body=body)
    assert refusal(world, "cn", payload) == "reference"


# Rules of plausibility ------------------------------------------------------------------


def test_matched_reference_is_listed_again_by_its_number(world, batch):
    answer(world, batch, NUMBER)
    record = NumberRecord(application(world, REFERENCE), listed=True)
    row = test_list_rows.row(number=REFERENCE, state=None, as_of=None, question=None)
    found = findings_of_list_row(row, test_list_rows.AROUND, record)
    assert [(each.rule, each.variant) for each in found] == [("S-024", "matched")]
    assert found[0].facts["new"].value == NUMBER
    unknown = NumberRecord(ApplicationRow(REFERENCE), listed=True)
    assert findings_of_list_row(row, test_list_rows.AROUND, unknown) == ()


def test_found_reference_without_a_number_is_noted():
    row = ReturnRow(row=1, number=REFERENCE, match="found")
    found = return_row(row, test_return_rows.NEW)
    assert [(each.rule, each.variant) for each in found] == [("S-029", "reference")]
    row = ReturnRow(row=1, number=REFERENCE, match="found", found_as=NUMBER)
    assert return_row(row, test_return_rows.NEW) == ()
