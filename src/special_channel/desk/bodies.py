"""What an official typed for an entry's body, checked by the entry's own model.

The same for pages' forms and the command line. Does not sign, and does not ask the record:
whether it may stand there is the judge's to say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from special_channel.core import canonical
from special_channel.core.entries import Model, parse_model
from special_channel.core.errors import Malformed
from special_channel.desk.payloads import Fields

_M = TypeVar("_M", bound=Model)


def checked_body(
    model: type[_M], fields: Fields, code: str, judge: Callable[[_M], None] | None = None
) -> Fields:
    """Check a body by its model and its own rules; values that are empty are left out.

    Raises:
        Malformed: `code`, with the field that can't be taken.
    """
    body = {name: value for name, value in fields.items() if value not in ("", [], {}, None)}
    try:
        made = parse_model(model, canonical.dumps(body))
        if judge is not None:
            judge(made)
    except Malformed as error:
        field = str(error.facts.get("field", "")).removeprefix("body.")
        raise Malformed(code, "A field can't be taken.", field=field) from None
    return body
