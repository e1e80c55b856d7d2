"""`special-channel application …`: list, show, assert, mark, link.

Does not judge a statement and does not count days: the node does.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import quote

from special_channel.cli.bodies import fields
from special_channel.cli.codes import code_of
from special_channel.cli.command import Choice, argument, group, option, required
from special_channel.cli.dossiers import EDITION, OUT, write_dossier
from special_channel.cli.reasons import REASON, typed_reasons
from special_channel.cli.references import entry_of
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import (
    FIRST,
    LIMIT,
    Column,
    Item,
    Reader,
    Table,
    Value,
    label,
    lines,
    text,
)
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.fields import is_reference
from special_channel.core.bytes.ids import Party
from special_channel.core.entries import StatementRef
from special_channel.core.entries.batches import Assertion, Link
from special_channel.core.entries.permits import Mark, Revocation
from special_channel.core.rows.application_facts import WITHDRAWN
from special_channel.desk import clock_marks, payloads
from special_channel.desk.payloads import Fields
from special_channel.desk.revocation_payloads import approval_revoked
from special_channel.desk.statement_bodies import revocation
from special_channel.messages.catalogue import Lang

app = group()
NUMBER_ARGUMENT: Final = argument("number", "Give the application's number at MOFCOM.", "number")

_CODED: Final = frozenset({"state", "source", "decision"})
"""Fields that take a code or its term."""

_ROW: Final = re.compile(r"[1-9][0-9]{0,8}")
_ACT: Final = re.compile(
    r"(?P<act>[a-z_]+):(?P<on>[0-9-]{10})"
    r"(?::(?P<basis>[^:]*[^:0-9-][^:]*))?(?::(?P<expected_until>[0-9-]{10}))?"
)


def _state(_reader: Reader, side: Item) -> str:
    latest = side.get("latest") or {}
    return " ".join(str(latest[name]) for name in ("state_text", "as_of") if latest.get(name))


def _day(_reader: Reader, item: Item) -> object:
    clock = item["cn"]["clock"]
    return clock["day"] if clock.get("accepted") else "–"


FILTERS: Final = (
    option("--text", "List only numbers that contain this."),
    option(
        "--differs",
        "List only those where the sides differ, in this or in any way.",
        Choice("any", "state", "accepted", "decided", "decision", "link"),
    ),
    option("--own", "List only those in this state by our record; -: without one.", "code"),
    option(
        "--peer",
        "List only those in this state by the other side's record; -: without one.",
        "code",
    ),
    option("--batch", "List only those on a list, such as EU-12.", "number"),
)
"""Filters of applications and of differences."""

COLUMNS: Final = (
    text("number"),
    Column("EU", lambda reader, item: _state(reader, item["eu"]) or "–"),
    Column("CN", lambda reader, item: _state(reader, item["cn"]) or "–"),
    label("differences", "difference"),
    Column("day", _day),
    text("times_listed"),
)
Table(
    path="/api/applications",
    help="List applications with the records of both sides.",
    columns=COLUMNS,
    filters=(
        *FILTERS,
        option(
            "--urgency",
            "List only those with this urgency.",
            Choice("normal", "urgent", "line_stop"),
        ),
        option(
            "--priority",
            "List only those with this answer to a request for priority; asked: without one.",
            Choice("asked", "granted", "not_now", "cannot"),
        ),
        option(
            "--clock",
            "List only those with this state of the statutory clock, by CN's statements.",
            Choice("none", "running", "uncounted", "unlimited", "ended", "over"),
        ),
        option(
            "--sort",
            "List by number, or the last listed, the most often listed, our or the other side's "
            "newest statement, or the longest since acceptance first.",
            Choice("number", "listed", "times", "own_as_of", "peer_as_of", "day"),
        ),
        FIRST,
        LIMIT,
    ),
    in_language=True,
).add_to(app, "list")


def _stated(party: Party) -> Value:
    """Return what a side states in each aspect in which the sides differ."""

    def value(reader: Reader, item: Item) -> object:
        side = "own" if party == reader.party else "peer"
        return [aspect[side] for aspect in item["aspects"]]

    return value


Table(
    path="/api/differences",
    help="List what the sides' latest statements differ in, an application a row.",
    columns=(
        text("number"),
        label("differences", "difference"),
        Column("EU", _stated("eu")),
        Column("CN", _stated("cn")),
    ),
    filters=(
        *FILTERS,
        option(
            "--sort",
            "List by number, or the last listed, or our or the other side's newest statement "
            "first.",
            Choice("number", "listed", "own_as_of", "peer_as_of"),
        ),
        FIRST,
        LIMIT,
    ),
    in_language=True,
).add_to(app, "differences")
Table(
    path="/api/applications/{number}",
    help="Show both sides' records of one application, and how each side's day was counted.",
    number="Give the application's number at MOFCOM.",
    columns=(
        *COLUMNS,
        text("eu_clock", "eu.clock.sentence"),
        text("cn_clock", "cn.clock.sentence"),
        lines("links", "{former} → {number} ({position})"),
        lines("lists", "{list} ({batch})", "listed"),
        text("threads"),
    ),
    items="",
    in_language=True,
).add_to(app, "show")


@app.command("assert")
@NUMBER_ARGUMENT
@fields(
    Assertion,
    {
        "state": "State this code, such as review or returned.",
        "as_of": "Give the date on which the statement holds.",
        "source": "Name the source, such as bureau or supplier.",
        "clock": "State an act of the procedure, act:date[:basis[:until]], such as "
        "accepted:2026-09-21. Repeat it for more; together they are the whole course.",
        "decision": "State the decision's code.",
        "decided_on": "Give the date of the decision.",
        "corrects": "Replace an earlier statement of ours that was never right, such as CN-340, or "
        "CN-340:12 for a row of its sheet.",
    },
)
@REASON
@remote
async def assert_state(
    call: Call, clock: tuple[str, ...], reason: tuple[str, ...], corrects: str, **body: str
) -> None:
    """Sign our statement of an application's state; the other side sees it."""
    given = typed_reasons(reason)
    lang = call.out.lang
    typed: Fields = {
        name: code_of(name, value, lang) if name in _CODED else value
        for name, value in body.items()
        if value
    }
    if clock:
        typed["clock"] = [_act(each, lang) for each in clock]
    if corrects:
        ref = await _statement(call, corrects)
        typed["corrects"] = ref.model_dump(exclude_none=True)
    number = body["number"]
    await call.sign(payloads.application_asserted, typed, reasons=given, number=number)


@app.command("mark")
@NUMBER_ARGUMENT
@required(
    "--act",
    (
        "State this act: received, supplement, accepted, uncounted, counted, council, "
        "returned, decided, not_accepted or withdrawn."
    ),
)
@fields(
    Mark,
    {
        "on": "Give its date in China, such as 2026-10-12.",
        "basis": "State why time is not counted: test, expert_opinion, site_check or hearing; for "
        "uncounted alone.",
        "expected_until": "Give the date until which time is expected not to be counted.",
        "source": "Name the source; without it, bureau on CN's side, supplier on the EU's.",
        "corrects": "Replace an earlier statement of ours that was never right, such as CN-340, or "
        "CN-340:12 for a row of its sheet.",
    },
    optional={"source"},
)
@REASON
@remote
async def mark_clock(call: Call, reason: tuple[str, ...], corrects: str, **body: str) -> None:
    """Sign one change of an application's statutory clock; earlier ones remain.

    Only CN can state that time is not counted, or counted again.
    """
    given = typed_reasons(reason)
    source, lang = body["source"] or clock_marks.SOURCES[call.official.party], call.out.lang
    body["basis"] = code_of("uncounted", body["basis"], lang)
    source = code_of("source", source, lang)
    ref = await _statement(call, corrects) if corrects else None
    mark = clock_marks.mark(body | {"source": source}, ref)
    await call.sign(payloads.clock_marked, mark, reasons=given, number=body["number"])


@app.command("revoke")
@NUMBER_ARGUMENT
@required(
    "--approval", "Name our statement of the approval, such as CN-340, or CN-340:12 for a row."
)
@fields(
    Revocation,
    {
        "on": "Give the date of the revocation.",
        "after": "State what the application has been since then.",
        "corrects": "Replace an earlier statement of ours that was never right, such as CN-340, or "
        "CN-340:12 for a row of its sheet.",
    },
)
@REASON
@remote
async def revoke_approval(
    call: Call, approval: str, reason: tuple[str, ...], corrects: str, **body: str
) -> None:
    """Sign that an approval was revoked, which was right when it was stated (CN only)."""
    given = typed_reasons(reason)
    replaced = await _statement(call, corrects) if corrects else None
    made = revocation(body, await _statement(call, approval), replaced)
    await call.sign(approval_revoked, made, reasons=given, number=body["number"])


@app.command("link")
@NUMBER_ARGUMENT
@argument(
    "former",
    "Give the number that it replaces, or the reference (REF:...) under which it was listed.",
    "number",
)
@fields(Link, {"basis": "State why the number is another one."}, basis="refiled")
@REASON
@remote
async def link_numbers(
    call: Call, reason: tuple[str, ...], number: str, former: str, basis: str
) -> None:
    """Sign that an application's number replaces another one, or is that of a reference.

    With the basis `withdrawn`, take back that we stated so.
    """
    if is_reference(former) and basis != WITHDRAWN:
        basis = "matched"
    given = typed_reasons(reason)
    await call.sign(
        payloads.application_linked, number, former, basis, reasons=given, number=number
    )


async def _statement(call: Call, typed: str) -> StatementRef:
    """Look up the statement at a typed place; see `_place`."""
    position, row = _place(typed)
    id_ = str((await entry_of(call.node, position))["id"])
    return StatementRef(id=id_, row=row or None)


def _place(typed: str) -> tuple[str, int]:
    """Read the number of an entry, and the row of its sheet: `CN-340:12`; row 0 without one.

    Raises:
        Malformed: `position-malformed`.
    """
    position, in_sheet, row = typed.partition(":")
    if in_sheet and not _ROW.fullmatch(row):
        raise Malformed(
            "position-malformed", "A row of a sheet looks like CN-340:12.", text=typed[:80]
        )
    return position, int(row or 0)


def _act(typed: str, lang: Lang) -> Fields:
    """Read `act:date[:basis[:until]]`.

    Raises:
        Malformed: `clock-malformed`.
    """
    match = _ACT.fullmatch(typed)
    if match is None:
        raise Malformed(
            "clock-malformed", "An act looks like accepted:2026-09-21.", text=typed[:80]
        )
    act: Fields = {name: value for name, value in match.groupdict().items() if value}
    basis = code_of("uncounted", match["basis"] or "", lang)
    return act | ({"basis": basis} if basis else {})


@app.command("dossier")
@NUMBER_ARGUMENT
@EDITION
@OUT
@remote
async def dossier(call: Call, number: str, *, edition: str, out: Path) -> None:
    """Write an application's dossier for the records office, as PDF."""
    await write_dossier(
        call, f"/api/applications/{quote(number, safe='')}", {"edition": edition}, out
    )
