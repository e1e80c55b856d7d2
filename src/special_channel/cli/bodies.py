"""Options of a signed act, made from the model of the entry's body.

Does not check values: the node does, by the same model and by the charter.
"""

from __future__ import annotations

from collections.abc import Collection
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from special_channel.cli.command import Choice, Decorator, Kind, option, stacked
from special_channel.core.bytes.fields import ApplicationNumber, ControlCode, ListedNumber, Word
from special_channel.core.bytes.ids import Date, EntryId
from special_channel.core.entries import StatementRef

KINDS: Final[dict[Any, Kind]] = {
    ApplicationNumber: "number",
    ListedNumber: "number",
    ControlCode: "code",
    Date: "date",
    EntryId: "number",
    StatementRef: "number",
    Word: "code",
}
"""Types of fields, as named in help; other types are text. An entry is typed by its number."""


def fields(
    model: type[BaseModel],
    helps: dict[str, str],
    *,
    optional: Collection[str] = (),
    **defaults: str,
) -> Decorator:
    """Declare options for the fields in `helps`, in the order of `helps`.

    The model decides whether an option is required or repeated, and the type of the value.
    `optional` names required fields with a value from the command.
    """
    hints = get_type_hints(model, include_extras=True)

    def declared(name: str, text: str) -> Decorator:
        many, (hint, *_) = _value(hints[name])
        flag = name.removesuffix("s") if many else name
        more: dict[str, Any] = {"multiple": True} if many else {}
        if name in defaults:
            more["default"] = defaults[name]
        elif name not in optional:
            more["required"] = model.model_fields[name].is_required()
        codes = get_args(hint) if get_origin(hint) is Literal else ()
        kind = Choice(*codes) if codes else KINDS.get(hint, "text")
        return option(f"--{flag.replace('_', '-')} {name}", text, kind, **more)

    made = [declared(name, text) for name, text in helps.items()]
    return lambda work: stacked(work, made)


def _value(hint: Any) -> tuple[bool, tuple[Any, ...]]:  # noqa: ANN401 - any annotation
    """Return whether a field holds several values, and the types of a value."""
    bare = get_args(hint)[0] if hasattr(hint, "__metadata__") and hint not in KINDS else hint
    if get_origin(bare) is tuple:
        return True, get_args(bare)[:1]
    if NoneType in get_args(bare):
        return False, tuple(each for each in get_args(bare) if each is not NoneType)
    return False, (bare,)
