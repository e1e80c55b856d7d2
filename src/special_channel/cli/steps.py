"""Answers to the steps of a draft's sign-off route, with the checks and words of the page."""

from __future__ import annotations

import mimetypes
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from special_channel.cli.command import misused
from special_channel.cli.files import read_file
from special_channel.cli.official import sent_entry
from special_channel.cli.output import draft_number
from special_channel.cli.reasons import agreed
from special_channel.cli.remote import Call
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import EntryId
from special_channel.core.sense.reasons import GivenReason
from special_channel.desk.route_payloads import (
    Paper,
    StepTurn,
    draft_changed,
    paper_recorded,
    step_answered,
)


@dataclass(frozen=True, slots=True)
class StepOptions:
    """What an official answers, as typed.

    `changes`: `2=words` for the draft's second text. `reasons`: for what the rules ask to confirm
    in the changed draft.
    """

    unconcerned: bool
    remark: str
    changes: Sequence[str]
    office: str
    reference: str
    on: str
    scan: Path | None
    reasons: Sequence[GivenReason] = ()


def asked(draft: Mapping[str, Any], given: StepOptions) -> Mapping[str, Any] | None:
    """Return the step that the caller is to answer; None for a draft to be released.

    At the last step the caller releases, unless a decision on paper is given.
    """
    form: Mapping[str, Any] | None = draft.get("signoff", {}).get("form")
    if form is None or (form["paper"] and given.scan is None):
        return None
    return form


_PAPER: Final = frozenset({"--scan", "--office", "--reference", "--on"})
"""Options of a decision on paper."""


def refuse_unused(drafts: Mapping[EntryId, Mapping[str, Any]], given: StepOptions) -> None:
    """Refuse options that one of the drafts does not take, so that nothing typed is dropped.

    Raises:
        click.UsageError: For reasons without changes, or for an option without a use.
    """
    if given.reasons and not given.changes:
        raise misused("--reason needs --change.")
    typed = {
        "--not-concerned": given.unconcerned,
        "--remark": given.remark,
        "--change": given.changes,
        "--scan": given.scan,
        "--office": given.office,
        "--reference": given.reference,
        "--on": given.on,
    }
    for id_, draft in drafts.items():
        form = asked(draft, given)
        taken: Collection[str]
        if form is None:
            text = "%(option)s has no use: draft %(draft)s is released as it is."
            taken = frozenset()
        elif form["paper"]:
            text = "%(option)s has no use: the step of draft %(draft)s is decided on paper."
            taken = _PAPER
        else:
            text = "%(option)s has no use: the step of draft %(draft)s is not decided on paper."
            taken = typed.keys() - _PAPER
        for option, value in typed.items():
            if value and option not in taken:
                raise misused(text, option=option, draft=draft_number(id_))


async def read_again(call: Call, id_: EntryId, given: StepOptions) -> dict[str, Any]:
    """Read a draft once more: the one before it may change its rows, a colleague answer its step.

    Raises:
        click.UsageError: As `refuse_unused`.
    """
    found = await call.official.draft(id_)
    refuse_unused({id_: found}, given)
    return found


async def answer(
    call: Call, id_: EntryId, draft: Mapping[str, Any], form: Mapping[str, Any], given: StepOptions
) -> None:
    """Sign and send the answer to a step; print the step and the answer.

    Raises:
        Malformed: `change-text` for a text that the draft does not have.
        NotFound: `file-unreadable`.
        RuleBroken: `sense-unconfirmed` for a finding in the changed draft without a reason.
        Refused: As the node, such as `route-step`.
    """
    official = call.official
    turn = StepTurn(
        draft=id_,
        step=int(form["step"]),
        person=str(form["person"]),
        desk=str(form["desk"]),
        functions=tuple(map(int, str(form["functions"]).split())),
    )
    lang, _ = call.languages("")
    private = await official.author(private=True)
    body: dict[str, Any] = {}
    if form["paper"]:
        word = "paper"
        note = paper_recorded(private, turn, await _paper(call, given), lang)
    else:
        changed = ""
        if given.changes:
            texts = _texts(form, given.changes)
            parts = [str(part).encode() for part in draft["parts"]]
            envelope = str(draft["envelope"]).encode()
            made = draft_changed(await official.author(), turn, envelope, parts, texts)
            changed = dsse.decode(made.envelope).id
            body["draft"] = sent_entry(made)
            reasons = agreed(await official.asked([made]), given.reasons)
            why = await official.signed_reasons(made, reasons)
            body["confirmed"] = [sent_entry(each) for each in why]
        word = "unconcerned" if given.unconcerned else "changed" if changed else "agreed"
        note = step_answered(private, turn, word, given.remark, lang, changed)
    body["note"] = sent_entry(note)
    await call.node.post(f"/api/clearances/{id_}/steps", body)
    shown = {"draft": id_ if call.out.as_json else draft_number(id_), "step": turn.step}
    call.out.document(call.out.worded(shown | {"answer": word}, answer="route-answer"))


async def _paper(call: Call, given: StepOptions) -> Paper:
    assert given.scan is not None  # noqa: S101 - own bug: `asked` looked
    type_ = mimetypes.guess_type(given.scan.name)[0] or "application/octet-stream"
    scan = await call.official.upload(given.scan.name, type_, read_file(given.scan))
    return Paper(given.office, given.reference, given.on, scan)


def _texts(form: Mapping[str, Any], changes: Sequence[str]) -> dict[int, str]:
    """Return the changed texts by the number of their part."""
    places = [int(words["ordinal"]) for words in form["texts"]]
    texts: dict[int, str] = {}
    for change in changes:
        number, _, words = change.partition("=")
        if not number.isdigit() or not 1 <= int(number) <= len(places) or not words.strip():
            raise Malformed("change-text", "The draft has no such text.", most=len(places))
        texts[places[int(number) - 1]] = words.strip()
    return texts
