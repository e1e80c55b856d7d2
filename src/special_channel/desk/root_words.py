"""An act of the root in words, made from its payload, in both languages.

Every field of the payload is shown; one without words of its own is shown as it is. Does not look
anything up: a machine without a network shows the same words as the node.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from special_channel.core.bytes import canonical
from special_channel.core.bytes.ids import KeyId, Party
from special_channel.core.bytes.suites import key_id
from special_channel.core.rows.directory import decoded_key
from special_channel.desk.root_files import Request
from special_channel.messages.catalogue import Catalogue, catalogue

READ_ALOUD: Final = 8
"""Letters of an id that are compared by telephone, at its beginning and at its end."""

_CODED: Final = {"role": "role", "reason": "root.reason", "party": "side", "kinds": "kind"}
"""Fields with a code, or a list of codes, and the group of its label."""


def both(request: Request) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of a request in English and in Chinese."""
    return tuple(lines(request, catalogue("en"))), tuple(lines(request, catalogue("zh-CN")))


def lines(request: Request, words: Catalogue) -> Iterator[str]:
    """Return an act in words, one fact a line."""
    payload: Any = canonical.loads(request.payload)
    entry = request.entry
    yield words.gettext(
        "root.act", side=words.label("side", request.party), act=words.label("kind", entry.kind)
    )
    for name in sorted(payload.keys() - {"body", "kind", "v", "seen"}):
        yield from _fact(name, payload[name], request.party, words)
    for seen in payload["seen"]:
        yield _line("seen", f"{seen['log']} {seen['size']} {seen['root']}", words)
    for name, value in sorted(payload["body"].items()):
        yield from _fact(name, value, request.party, words)
    if request.parts:
        counts = {"threshold": request.threshold, "parts": len(request.parts)}
        yield words.gettext("root.in-force", **counts)
    id_ = request.unsigned.id
    yield words.gettext("root.digest", first=id_[:READ_ALOUD], last=id_[-READ_ALOUD:])


def _fact(name: str, value: Any, party: Party, words: Catalogue) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        # A founding has a root set in its body, with the names of fields of a rotation.
        for inner, each in sorted(value.items()):
            yield from _fact(inner, each, party, words)
    elif isinstance(value, list):
        for each in value:
            coded = name in _CODED
            item = words.label(_CODED[name], each) if coded else _item(each, party, words)
            yield _line(name, item, words)
    elif name in _CODED:
        yield _line(name, words.label(_CODED[name], str(value)), words)
    else:
        yield _line(name, str(value), words)


def _item(value: Any, party: Party, words: Catalogue) -> str:  # noqa: ANN401 - JSON
    """Return an item of a list: a key of a set, a person or a machine of a founding, a text."""
    if not isinstance(value, dict):
        return str(value)
    facts = dict(value)
    key = _key(facts, party)
    coded = [words.label("role", str(facts.pop("role")))] if "role" in facts else []
    named = [f"{facts[name]}" for name in sorted(facts)]
    return " ".join([*coded, *([key] if key else []), *named])


def _key(facts: dict[str, Any], party: Party) -> KeyId | str:
    """Take suite and public key out of the facts; return the key id that commits to both."""
    if not {"suite", "public"} <= facts.keys():
        return ""
    suite, public = str(facts.pop("suite")), str(facts.pop("public"))
    return key_id(party, suite, decoded_key(public))


def _line(name: str, value: str, words: Catalogue) -> str:
    return words.gettext("root.line", name=words.label("root", f"field-{name}"), value=value)
