"""`special-channel person …`: invite, list, grant and end functions, leaving, stand-ins, journal.

Each act is signed with a person's key file, and waits until others have signed it, too.
"""

from __future__ import annotations

from special_channel.cli.acting import begin_act, show_act
from special_channel.cli.bodies import fields
from special_channel.cli.command import Choice, Count, argument, group, option, required
from special_channel.cli.options import OLDEST, SINCE, UNTIL
from special_channel.cli.registry import first_since, read_registry
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Column, Item, Reader, Table, label, text, time
from special_channel.core.entries.directory import Granting
from special_channel.desk.payloads import Fields
from special_channel.desk.people import Person
from special_channel.web.shell.directory_views import PERSON_STATES

app = group()


@app.command("invite")
@argument("name", "Name the person; the name never leaves this node.")
@fields(
    Person,
    {
        "role": "Give the person this role.",
        "unit": "Name the person's unit, which is part of the record.",
        "desk": "Name the person's desk in the charter.",
        "email": "Send alerts to this address; it never leaves this node.",
        "language": "Write to the person in this language.",
    },
    language="en",
)
@remote
async def invite(call: Call, **person: str) -> None:
    """Add a person to our directory and begin the grant of the function.

    Once the function is in the log, `enrol code` draws a one-time code.
    """
    invited: Item = dict(await call.node.post("/api/enrolments/invite", person))
    if "code" in invited:  # a demonstration grants at once
        if not call.out.as_json:
            invited["expires"] = Reader.of(call).time(invited.pop("expires"))
            del invited["person"]
        call.out.document(invited)
        return
    body: Fields = {"person": invited["person"], "grant": 1}
    body |= {name: person[name] for name in ("role", "desk", "unit")}
    result = await begin_act(call.official, "role.granted", {"body": body})
    show_act(call, {"official": invited["official"], **result})


def _functions(reader: Reader, item: Item) -> list[str]:
    return [
        f"{each['number']} {reader.out.label('role', each['role'])}, {each['title']}"
        for each in item["functions"]
        if each.get("ended") is None
    ]


def _keys(_: Reader, item: Item) -> int:
    return sum(key["state"] in {"active", "suspended"} for key in item["keys"])


Table(
    path="/api/people",
    help="List the persons of our side: number, desk, name, functions, keys, state.",
    columns=(
        text("number"),
        text("desk", "title"),
        text("name"),
        Column("functions", _functions),
        Column("keys", _keys),
        label("state", "person-state"),
    ),
    filters=(
        option("--text", "List only those whose name, desk or number contains this."),
        option(
            "--role",
            "List only those with this function.",
            Choice("desk", "head", "director", "oversight", "registrar"),
        ),
        option("--state", "List only those in this state.", Choice(*PERSON_STATES)),
        option("--sort", "List by number, or by name.", Choice("number", "name")),
    ),
).add_to(app, "list")


Table(
    path="/api/people/journal",
    help="List acts on people from our side's journal, the newest first; never sent.",
    columns=(
        time("time", "at"),
        text("act", "words"),
        text("person", "who"),
        text("reason"),
        text("position"),
    ),
    filters=(SINCE, UNTIL, OLDEST),
    in_language=True,
).add_to(app, "journal")


@app.command("grant")
@argument("person", "Give the person's number.")
@fields(
    Granting,
    {
        "role": "Give the person this role.",
        "desk": "Name the person's desk in the charter.",
        "unit": "Name the person's unit, which is part of the record.",
        "until": "End the function automatically at this time, such as 2026-12-11T22:59:00Z.",
    },
)
@remote
async def grant(call: Call, person: str, **function: str) -> None:
    """Begin the grant of a further function to a person."""
    registry = await read_registry(call.node)
    found = registry.person(person)
    body: Fields = {"person": found.person, "grant": found.last + 1}
    body |= {name: value for name, value in function.items() if value}
    if function["role"] in {"registrar", "head", "director"}:
        keys = registry.keys_of(found.person)
        body |= {"keys": keys} if keys else {}
    show_act(call, await begin_act(call.official, "role.granted", {"body": body}))


@app.command("end-role")
@argument("person", "Give the person's number.")
@required("--grant", "Give the number of the person's function.", Count(1))
@option("--reason", "State why the function ends.", Choice("moved", "ended"), default="ended")
@remote
async def end_role(call: Call, person: str, grant: int, reason: str) -> None:
    """Begin the end of a function."""
    found = (await read_registry(call.node)).person(person)
    body: Fields = {"person": found.person, "grant": grant, "reason": reason}
    show_act(call, await begin_act(call.official, "role.ended", {"body": body}))


@app.command("left")
@argument("person", "Give the person's number.")
@option("--since", "State since when the person's keys are in doubt: a time or a position.")
@remote
async def left(call: Call, person: str, since: str) -> None:
    """Begin the leaving of a person: all functions and keys end for good."""
    body: Fields = {"person": (await read_registry(call.node)).person(person).person}
    if since:
        body["since"] = await first_since(call.node, since)
    show_act(call, await begin_act(call.official, "person.left", {"body": body}))


@app.command("stand-in")
@argument("person", "Give the person's number.")
@required("--for absent", "Give the number of the person who is absent.")
@required("--until", "End the function automatically at this time, such as 2026-12-11T22:59:00Z.")
@remote
async def stand_in(call: Call, person: str, absent: str, until: str) -> None:
    """Begin the grant of an absent person's function to a stand-in."""
    registry = await read_registry(call.node)
    found, away = registry.person(person), registry.person(absent)
    role, desk, unit = next(iter(away.grants.values()), ("", "", ""))
    body: Fields = {
        "person": found.person,
        "grant": found.last + 1,
        "role": role,
        "desk": desk,
        "unit": unit,
        "until": until,
        "for": away.person,
    }
    if role in {"registrar", "head", "director"}:
        keys = registry.keys_of(found.person)
        body |= {"keys": keys} if keys else {}
    show_act(call, await begin_act(call.official, "role.granted", {"body": body}))


@app.command("away")
@option("--until", "State your last day away: 2026-12-04; without it, you are back.", "date")
@option("--ask person", "Name whom colleagues ask meanwhile, by number.", "number")
@remote
async def away(call: Call, until: str, person: str) -> None:
    """Show colleagues until when you are away; it gives nobody a right to sign."""
    asked = (await read_registry(call.node)).person(person).person if person else ""
    answer = await call.node.post("/api/absences", {"until": until, "stand_in": asked})
    call.out.document({"away": [each["shown"] for each in answer["items"] if "until" in each]})
