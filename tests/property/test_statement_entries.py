"""Entries with corrections, revocations, marks of differences and confirmations: form alone."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import ListRow, ReturnRow, parse, parse_canonical, parse_model
from special_channel.core.entries.permits import DifferenceMark, Draw, Licence, Mark, Revocation
from special_channel.core.entries.private import Confirmation
from tests.permits import licence_body, list_row
from tests.world import World

WORLD = World()

ids = st.text("0123456789abcdef", min_size=64, max_size=64)
dates = st.dates().map(lambda day: day.isoformat())
numbers = st.text("ABC-0123456789审批", min_size=1, max_size=64)
rows = st.integers(1, 2000)


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


def choice(model: type, field: str) -> st.SearchStrategy[str]:
    """A word of a closed list."""
    annotation = model.model_fields[field].annotation  # type: ignore[attr-defined]
    literal = next((each for each in get_args(annotation) if get_args(each)), annotation)
    return st.sampled_from(get_args(literal))


refs = st.fixed_dictionaries({"id": ids}, optional={"row": rows})
corrects = optional(corrects=refs)
questions = st.fixed_dictionaries({"id": ids, "q": st.integers(1, 9999).map(str)})
bodies: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "application.asserted": st.fixed_dictionaries(
        {"number": numbers, "state": st.just("review"), "as_of": dates, "source": st.just("own")},
        optional={"corrects": refs},
    ),
    "clock.marked": st.fixed_dictionaries(
        {"number": numbers, "act": choice(Mark, "act"), "on": dates, "source": st.just("own")},
        optional={"corrects": refs},
    ),
    "licence.issued": corrects.map(lambda more: licence_body() | more),
    "licence.drawn": st.fixed_dictionaries(
        {
            "licence": numbers,
            "code": st.just("1C905.a"),
            "quantity": st.just("5"),
            "unit": choice(Draw, "unit"),
            "basis": choice(Draw, "basis"),
            "on": dates,
        },
        optional={"corrects": refs},
    ),
    "approval.revoked": st.fixed_dictionaries(
        {"number": numbers, "approval": refs, "on": dates, "after": choice(Revocation, "after")},
        optional={"corrects": refs},
    ),
    "difference.marked": st.fixed_dictionaries(
        {
            "number": numbers,
            "field": choice(DifferenceMark, "field"),
            "act": choice(DifferenceMark, "act"),
            "eu": refs,
            "cn": refs,
        },
        optional={"reason": choice(DifferenceMark, "reason"), "ask": questions},
    ),
    "draft.cleared": st.fixed_dictionaries(
        {"id": ids}, optional={"confirmed": st.lists(ids, max_size=20)}
    ),
    "sense.confirmed": st.fixed_dictionaries(
        {
            "id": ids,
            "sense": st.integers(1, 9999),
            "confirmed": st.lists(
                st.fixed_dictionaries(
                    {
                        "rules": st.lists(
                            st.integers(0, 999).map("S-{:03}".format), min_size=1, max_size=20
                        ),
                        "reason": choice(Confirmation, "reason"),
                    },
                    optional={"rows": st.lists(rows, max_size=50), "text": st.integers(0, 999)},
                ),
                min_size=1,
                max_size=10,
            ),
        }
    ),
}
entries = st.sampled_from(sorted(bodies)).flatmap(
    lambda kind: st.tuples(st.just(kind), bodies[kind])
)


@settings(max_examples=300, deadline=None)
@given(made=entries)
def test_each_entry_is_read_as_it_was_written(made):
    kind, body = made
    written = canonical.dumps(WORLD.payload("cn", kind, body=body))
    entry = parse(written)
    assert parse_canonical(written) == entry
    # JSON mode turns tuples into lists; a field that was left out stays out.
    read = entry.model_dump(mode="json", exclude_unset=True)
    assert canonical.dumps(read) == written


@settings(max_examples=200, deadline=None)
@given(made=entries, fault=st.sampled_from(["extra", "missing", "null", "number"]))
def test_each_entry_with_a_fault_of_form_is_refused(made, fault):
    kind, body = made
    field = min(body)
    match fault:
        case "extra":
            body = body | {"sentiment": "none"}
        case "missing":
            needed = {name for name in ("number", "licence", "id") if name in body}
            body = {name: value for name, value in body.items() if name not in needed}
        case "null":
            body = body | {field: None}
        case _:
            body = body | {field: 7.5}
    with pytest.raises((Malformed, ValueError)):
        parse(canonical.dumps(WORLD.payload("cn", kind, body=body)))


@settings(max_examples=100, deadline=None)
@given(row=rows, number=numbers, more=corrects)
def test_each_row_of_a_sheet_is_read_as_it_was_written(row, number, more):
    answer = {"row": row, "number": number, "match": "found"} | more
    for model, stated in ((ListRow, list_row(row, number) | more), (ReturnRow, answer)):
        written = canonical.dumps(stated)
        read = parse_model(model, written).model_dump(mode="json", exclude_unset=True)
        assert canonical.dumps(read) == written


def test_licence_is_the_model_of_its_sample():
    assert set(licence_body()) | {"corrects"} <= set(Licence.model_fields)
