"""Make `kinds.md`, every kind of entry with its fields, from the models that read them.

Run it after changing a model: `.venv/bin/python docs/formats/make_kinds.py`. A test compares.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, StringConstraints

from special_channel.core.bytes import fields, ids, quantities
from special_channel.core.bytes.fields import Model
from special_channel.core.entries import PrivateEntry, SharedEntry, batches, permits
from special_channel.core.entries.header import Header, WithData, Written
from special_channel.core.rules.persons import ACTS, PersonRule
from special_channel.core.rules.private import SECOND_ROLES
from special_channel.core.rules.roles import MAY_SIGN

HERE: Final = Path(__file__).resolve().parent

OWNER: Final = {
    "thread.closed": "opener's",
    "note.corrected": "author's",
    "note.withdrawn": "author's",
    "note.acknowledged": "other",
    "date.proposed": "answering",
    "deadline.moved": "waiting; `agreed`: answering, too",
    "deadline.passed": "waiting",
    "referral.sent": "waiting",
    "batch.listed": "eu",
    "batch.amended": "eu",
    "batch.answered": "cn",
    "point.noted": "drafter's",
    "clock.marked": "each; `uncounted` and `counted`: cn",
    "point.marked": "other",
    "approval.revoked": "cn",
    "licence.issued": "cn",
    "licence.drawn": "cn",
    "priority.requested": "eu",
    "priority.answered": "cn",
}
"""Which side alone may state a kind, where it is not each for itself. The judge decides."""

ROLES: Final = {
    "party.founded": "root, and every person named",
    "roots.rotated": "parts of the new root",
    "role.ended": "{}; the own function: the person alone; a time limit: node",
    "key.enrolled": "the new key, and {}",
    "machine.enrolled": "{}; `node` and `service`: the new key as well",
    "key.suspended": "one person, or node (rules.md, K11)",
}
"""Signers of kinds that bring keys; of all other kinds the table of roles names them."""

PARTS: Final = {
    "charter.adopted": "data `charter`",
    "batch.listed": "data `list`",
    "batch.answered": "data `return-sheet`, then a text for each free remark",
    "batch.amended": "data `list-amendment`",
    "columns.kept": "data",
    "thread.opened": "subject",
    "meeting.held": "subject",
    "point.noted": "text",
    "point.marked": "a text or more for each difference",
    "referral.sent": "any, or none",
    "note.withdrawn": "a text for each paragraph of the reason, or none",
    "thread.assigned": "a text for each paragraph of the remark, or none",
    "quarantine.asked": "a text for each paragraph of the reason",
    "sense.confirmed": "a text for each reason `other`",
    "draft.routed": "data `draft`, then the draft's own parts",
    "draft.checked": "a text for each paragraph of the remark, or none; of a decision on paper: "
    "office and reference, remarks, the scan",
}

DIGESTS: Final = """## Digests

Readers pin the founding root set by one digest, and each root set commits to keys of the next one:

```
pin        = hex(SHA-256("special-channel/roots/v1" LF roots))
roots      = canonical {"keys":[{"public","suite"},…],"threshold":m}
commitment = hex(SHA-256("special-channel/next-key/v1" LF suite 0x00 public key))
```

`keys` of a root set are in ascending order of key ids, `next` in ascending order of its digests.
"""

NAMED: Final[dict[Any, str]] = {
    ids.Digest: "hex 64",
    ids.ThreadId: "hex 32",
    ids.KeyId: "key id",
    ids.Origin: "origin",
    ids.Timestamp: "timestamp",
    ids.Date: "`YYYY-MM-DD`",
    ids.QuestionNumber: 'text, "1" to "9999"',
    fields.Version: "1",
    fields.Count: "0 or more",
    fields.Ordinal: "0 to 999",
    fields.Lang: "BCP 47 tag",
    fields.Word: "`[a-z][a-z0-9_-]{0,47}`",
    fields.Name: "1 to 200 characters, none of U+0000 to U+001F and U+007F",
    permits.LicenceNumber: "1 to 64 characters, no space or control",
    quantities.Amount: "decimal text: up to 12 digits, then up to 6 behind a point",
    fields.ApplicationNumber: "1 to 64 characters, no space or control; not a reference (`REF:…`)",
    fields.ListedNumber: "1 to 64 characters, no space or control",
    fields.NoteText: "a signed note, at most 4,096 characters",
    fields.Base64: "base64",
    fields.Marking: "`[a-z][a-z0-9-]{0,31}`",
    fields.Suite: "`[a-z0-9-]{2,32}`",
    ids.Party: "`eu`, `cn`",
}


def kinds() -> str:
    """Write the page."""
    lines = [
        "# Kinds",
        "",
        "Every kind of entry and its fields, made from the models by",
        "[make_kinds.py](make_kinds.py). [entry.md](entry.md) says what holds for all of them:",
        "`v`, `log`, `kind`, `by`, `at` and `seen` stand in each and are not repeated here. A",
        "field marked `?` may be left out; a field that isn't listed is refused. Numbers are",
        "integers; limits are inclusive.",
        "",
        "*Owner*: the side whose log alone may carry it: `eu`, `cn`, each side for itself, the",
        "*waiting* or the *answering* side of the ask, the side of the *author* of `ref`, of the",
        "*opener* of the thread or of the *drafter* of the meeting, or the *other* side than the",
        "author's. *Roles*: of the author's function or machine. `2`: two persons that the other",
        "side knows (rules.md, K3), each registrar, head or director; `2r`: one is a registrar;",
        "`+ desk`: also officials of the desk, where nothing else is given; `+ own`: also the",
        "person acted on. Where `root` is named, enough parts of it stand in for the persons. In a",
        "private log `+` marks the second person who signs. A charter may ask for more.",
        "",
    ]
    nested: dict[type[BaseModel], None] = {}
    for title, union in (("Shared logs", SharedEntry), ("Private log", PrivateEntry)):
        lines += [
            f"## {title}",
            "",
            "| kind | owner | roles | parts |",
            "|---|---|---|---|",
            *(_summary(model) for model in get_args(union)),
            "",
        ]
        for model in get_args(union):
            lines += _section(model, nested)
    lines += [DIGESTS, "## Objects inside", ""]
    for sheet in (batches.ListSheet, batches.AmendmentSheet, batches.ReturnSheet):
        nested[sheet] = None
    waiting = list(nested)
    for model in waiting:
        fields = _fields(model, nested)
        waiting += [new for new in nested if new not in waiting]
        lines += [f"### {model.__name__}", "", _words(model), "", *fields, ""]
    return "\n".join(lines)


def _kind(model: type[BaseModel]) -> str:
    return str(get_args(model.model_fields["kind"].annotation)[0])


def _summary(model: type[Header]) -> str:
    kind = _kind(model)
    roles = ", ".join(sorted(MAY_SIGN[kind]))
    if kind in SECOND_ROLES:
        roles += f" + {', '.join(sorted(SECOND_ROLES[kind]))}"
    if kind in ACTS:
        roles = _together(ACTS[kind])
    roles = ROLES.get(kind, "{}").format(roles)
    return f"| `{kind}` | {OWNER.get(kind, 'each')} | {roles} | {_parts(model, kind)} |"


def _together(rule: PersonRule) -> str:
    persons = f"{rule.persons}r" if rule.registrar else str(rule.persons)
    persons += " + desk" if rule.desk else ""
    persons += " + own" if rule.own == "counts" else ""
    return f"{persons}, or root" if rule.root else persons


def _parts(model: type[Header], kind: str) -> str:
    if kind in PARTS:
        return PARTS[kind]
    if issubclass(model, Written):
        return "1 or more"
    return "data" if issubclass(model, WithData) else "none"


def _section(model: type[Header], nested: dict[type[BaseModel], None]) -> list[str]:
    return [f"### {_kind(model)}", "", _words(model), "", *_fields(model, nested), ""]


def _words(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _fields(model: type[BaseModel], nested: dict[type[BaseModel], None]) -> list[str]:
    rows = list(_rows(model, "", nested))
    if not rows:
        return ["Nothing beside the fields of all entries."]
    return ["| field | rule |", "|---|---|", *rows]


def _rows(
    model: type[BaseModel], prefix: str, nested: dict[type[BaseModel], None]
) -> Iterator[str]:
    skipped = {"kind", *Header.model_fields} if issubclass(model, Header) else set()
    for name, hint in get_type_hints(model, include_extras=True).items():
        if name in skipped or name not in model.model_fields:
            continue
        if prefix == "" and name == "body" and issubclass(hint, Model):
            yield from _rows(hint, "body.", nested) if hint.model_fields else ("| `body` | `{}` |",)
            continue
        field = model.model_fields[name]
        optional = "" if field.is_required() else "?"
        yield f"| `{prefix}{field.alias or name}`{optional} | {_rule(hint, nested)} |"


def _rule(
    hint: Any,  # noqa: ANN401 - any annotation
    nested: dict[type[BaseModel], None],
) -> str:
    if hint in NAMED:
        return NAMED[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _bounded(inner[0], inner[1:], nested)
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if origin in {Union, types.UnionType}:
        return " or ".join(_rule(each, nested) for each in inner if each is not type(None))
    if hint is bool:
        return "`true` or `false`"
    nested[hint] = None
    return f"[{hint.__name__}](#{hint.__name__.lower()})"


def _bounded(
    hint: Any,  # noqa: ANN401 - any annotation
    bounds: tuple[Any, ...],
    nested: dict[type[BaseModel], None],
) -> str:
    said: dict[str, Any] = {}
    for bound in bounds:
        if isinstance(bound, StringConstraints):
            return f"`{str(bound.pattern).removeprefix('^').removesuffix('$')}`".replace("|", "\\|")
        for limit in getattr(bound, "metadata", [bound]):
            said |= {
                name: getattr(limit, name)
                for name in ("ge", "le", "min_length", "max_length")
                if getattr(limit, name, None) is not None
            }
    if "max_length" in said:
        each = _rule(get_args(hint)[0], nested)
        return f"{said.get('min_length', 0)} to {said['max_length']} of: {each}"
    return f"{said['ge']} to {said['le']}" if "le" in said else f"{said['ge']} or more"


def main() -> None:
    """Write the page."""
    (HERE / "kinds.md").write_text(kinds(), encoding="utf-8")


if __name__ == "__main__":
    main()
