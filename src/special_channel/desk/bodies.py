"""Check form input for an entry's body by the entry's own model.

Used by the pages' forms and by the command line. Does not sign and does not read the record:
the judge decides whether the entry is allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import Model, parse_model
from special_channel.desk.payloads import Fields

_M = TypeVar("_M", bound=Model)


def checked_body(
    model: type[_M], fields: Fields, code: str, judge: Callable[[_M], None] | None = None
) -> Fields:
    """Check a body by its model and by `judge`; empty values are dropped.

    Raises:
        Malformed: `code`, with the name of the invalid field.
    """
    body = {name: value for name, value in fields.items() if value not in ("", [], {}, None)}
    try:
        parsed = parse_model(model, canonical.dumps(body))
        if judge is not None:
            judge(parsed)
    except Malformed as error:
        field = str(error.facts.get("field", "")).removeprefix("body.")
        raise Malformed(code, "A field can't be taken.", field=field) from None
    return body
