"""Columns that stay on our side: encoded by row, merged, and read again under their names."""

from __future__ import annotations

import json
from typing import Any

from special_channel.desk import columns

CELLS = {"eu_company": "Fictional AG", "Bemerkung 2": "kept", "hs_cn": "8505.11"}


def test_names_that_are_no_keys_are_encoded_apart_and_read_with_the_others():
    row: Any = columns.encode_row(3, "A-3", CELLS)
    assert set(row["columns"]) == {"eu_company", "hs_cn"}
    assert row["others"] == [{"name": "Bemerkung 2", "text": "kept"}]
    assert columns.cells_of(row) == CELLS
    assert set(columns.names_of(row)) == set(CELLS)
    assert "others" not in columns.encode_row(1, "A-1", {"hs_cn": "1"})


def test_rows_are_decoded_by_number_and_nothing_has_none():
    rows = [columns.encode_row(2, "A-2", CELLS), columns.encode_row(1, "A-1", {})]
    assert columns.decode_rows(json.dumps({"rows": rows})) == {2: rows[0], 1: rows[1]}
    assert columns.decode_rows(None) == {}


def test_later_rows_replace_earlier_ones_in_the_order_of_the_list():
    first = {number: columns.encode_row(number, f"A-{number}", {}) for number in (1, 2, 10)}
    later = columns.encode_row(2, "A-2", CELLS)
    assert columns.merge_rows(first, [later]) == (first[1], later, first[10])
