"""Receipts are written without their model, and read as the model says."""

from __future__ import annotations

import pytest

from special_channel.broker.receipts import Accepted
from special_channel.web.http.operation import respond
from special_channel.web.shell.submissions import Receipts, receipts, respond_receipts

ODD = 'c2sp.org/tlog-proof@v1\n\u2014 \u903e\u671f \u2028\x7f\t"\\</script>\n'


@pytest.mark.parametrize("count", [0, 1, 3])
def test_receipts_are_the_bytes_of_their_model(count):
    accepted = [Accepted(f"{n:064x}", "eu", n, f"{n} {ODD}", known=n == 1) for n in range(count)]
    answer, by_model = respond_receipts(accepted), respond(receipts(accepted))
    assert isinstance(answer.body, bytes)
    assert answer.body == by_model.body
    assert answer.status == by_model.status
    assert list(answer.headers.items()) == list(by_model.headers.items())
    assert Receipts.model_validate_json(answer.body) == receipts(accepted)
