"""A small node that can lie, with the API of the browser client."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from aiohttp import web

from special_channel.core.bytes import canonical, dsse, suites
from special_channel.core.bytes.dsse import Envelope, Signature
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.entries import DIRECTORY_KINDS
from special_channel.core.rows import submission
from special_channel.core.rows.submission import Submission
from special_channel.web.http.scripts import client
from special_channel.web.shell.render import icon_urls
from tests.web.js.drawing import drawn, evidence_html, update_html
from tests.web.js.record import AT, Record, b64, key, payload_of, person, pin

ROOT = Path(__file__).resolve().parents[3]
STATIC = ROOT / "src/special_channel/web/static/js"
ICONS = STATIC.parent / "icons"
PAGES = Path(__file__).parent / "pages"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "manifest-src 'self'; worker-src 'self'; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)


def bundle(entry: str = "main.js") -> str:
    """The client as loaded by a page: `main.js`, or a page's script, which includes it."""
    sources = {each.name: each.read_text(encoding="utf-8") for each in STATIC.glob("*.js")}
    return client(sources, entry)


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


class ActDrafts(Record):
    """What is to be signed, by name; `taken`: names asked for; `instead`: given for any name.

    `offered`: keys that wait for a registrar.
    """

    instead: dict[str, Any] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.acts: dict[str, Any] = {}
        self.looked: dict[str, Any] = {}
        """What is found in an act before it is signed."""
        self.taken: list[str] = []
        self.offered: list[dict[str, Any]] = []
        self.act_signatures: list[tuple[str, dict[str, Any]]] = []
        self.same_waits = ""

    def take(self, name: str) -> web.Response:
        """Return the draft of an act."""
        self.taken.append(name.removeprefix("sign "))
        fields = {"draft": [json.dumps(self.instead)]} if self.instead else self.acts[name]
        return web.json_response({"fields": fields, "at": AT, "version": 1})


class StubNode(ActDrafts):
    """The EU's node as a browser sees it, and a few ways to misbehave."""

    lose_replies = False
    signed_out = False
    last_words = b""
    refuse_updates = 0
    cuts = 0
    two_sign = False
    unreachable = False

    def __init__(self) -> None:
        super().__init__()
        self.events: list[tuple[str, str, dict[str, Any]]] = []
        self.cursor = [0, 0, 0]
        self.streams: set[asyncio.Event] = set()
        self.opened: list[dict[str, str]] = []
        self.refuse_streams = 0
        self.refuse_entries: dict[str, Any] | None = None
        self.requests: list[str] = []
        self.posted: list[dict[str, Any]] = []
        self.drafts: dict[str, Any] = {}
        self.saves: list[tuple[int, str]] = []
        self.saving = asyncio.Event()
        self.saving.set()
        self.files: dict[str, bytes] = {}
        self.pending: Envelope | None = None
        self.confirmed = asyncio.Event()
        self.nonce = 0
        self.signed_in: str | None = None
        self.reports: list[str] = []
        self.foreign_challenge = False
        self.pages: dict[str, str] = {}
        self.clearances: list[dict[str, Any]] = []
        self.notes: list[dsse.Envelope] = []
        self.cleared: list[Envelope] = []
        self.origin = ""
        self.served = asyncio.Event()
        self.announced: dict[str, dict[str, Any]] = {}
        self.drawn: dict[str, str] = {}
        self.updates_open = _set()

    def publish(self, kind: str, data: dict[str, Any], size: int = 0) -> None:
        """Tell the streams; as the node's, a cursor holds three sizes that only grow."""
        place = 2 if kind == "delivered" else ("eu", "cn").index(self._log_of(data))
        self.cursor[place] = size or self.cursor[place] + 1
        self.events.append((".".join(map(str, self.cursor)), kind, data))
        for stream in self.streams:
            stream.set()

    def _log_of(self, data: dict[str, Any]) -> str:
        return str(data.get("position", "EU"))[:2].lower()

    def announce(self, item: dict[str, Any]) -> None:
        self.announced.setdefault(item["id"], item)
        threads = [item["thread"]] if item["thread"] else []
        told = {k: item[k] for k in ("position", "id", "kind")}
        self.publish("entry", told | {"threads": threads})

    def tell_own_side(self, kind: str = "private", **data: int) -> None:
        """Report a new entry of our side's own to the streams."""
        self.events.append((".".join(map(str, self.cursor)), kind, data))
        for stream in self.streams:
            stream.set()

    def _after(self, cursor: str) -> int:
        """Return how many events a cursor covers."""
        known = [int(size) for size in cursor.split(".")] if cursor else [0, 0, 0]
        for count, (text, _, _) in enumerate(self.events):
            if any(int(a) > b for a, b in zip(text.split("."), known, strict=True)):
                return count
        return len(self.events)

    async def until(self, test: Callable[[], object]) -> None:
        """Wait until `test` holds, checking after each response."""
        async with asyncio.timeout(60):
            while not test():
                self.served.clear()
                await self.served.wait()

    # ---- pages and the API

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._headers])
        # Pages get the client as it is served, in one file; tests of one module import it as it is.
        for entry in ("main.js", "composer.js"):
            app.router.add_get(f"/js/{entry}", self.script)
        app.router.add_static("/js", STATIC)
        app.router.add_static(icon_urls()["search"].partition("/icons.svg")[0], ICONS)
        app.router.add_get("/page/{name}", self.page)
        app.router.add_get("/page/{name}/now", self.update)
        app.router.add_get("/", self.page)
        app.router.add_get("/favicon.ico", self.icon)
        app.router.add_get("/api/directory", self.directory)
        app.router.add_get("/api/heads", self.heads)
        app.router.add_get("/api/entries", self.entries)
        app.router.add_post("/api/entries", self.post_entries)
        app.router.add_get("/api/entries/{id}", self.entry)
        app.router.add_get("/api/stream", self.stream)
        app.router.add_post("/api/enrol/start", self.enrol_start)
        app.router.add_post("/api/enrol", self.enrol_post)
        app.router.add_get("/api/enrol/status", self.enrol_status)
        app.router.add_post("/api/signin/challenge", self.challenge)
        app.router.add_post("/api/signin", self.signin)
        app.router.add_post("/api/files", self.post_file)
        app.router.add_route("*", "/api/drafts/{name}", self.draft)
        app.router.add_post("/api/batches/{name}/answer/look", self.look)
        app.router.add_get("/api/clearances", self.waiting)
        app.router.add_post("/api/clearances/{id}", self.clear)
        app.router.add_get("/api/acts/{id}", self.act_waiting)
        app.router.add_post("/api/acts/{id}", self.act_signed)
        app.router.add_post("/api/acts", self.act_signed)
        return app

    @web.middleware
    async def _headers(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        if self.unreachable and request.path.startswith("/api/"):
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=503)
        response: web.StreamResponse = await handler(request)
        self.served.set()
        response.headers["Content-Security-Policy"] = CSP
        response.headers["Cache-Control"] = "no-store"
        return response

    async def page(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "home")
        text = self.pages.get(name) or (PAGES / f"{name}.html").read_text(encoding="utf-8")
        strings = (PAGES / "parts.html").read_text(encoding="utf-8")
        return web.Response(text=text.replace("<!-- parts -->", strings), content_type="text/html")

    async def update(self, request: web.Request) -> web.Response:
        """Serve an open page's missing entries: announced entries, and `pages["<name>/now"]`."""
        self.served.set()
        await self.updates_open.wait()
        if self.refuse_updates:
            self.refuse_updates -= 1
            return web.Response(status=503)
        known = [item for log in self.logs.values() for item in log.items]
        notes = [item for item in known if item["kind"] == "note.posted"]
        regions = "".join(evidence_html(item, self.stage(item)) for item in notes)
        arrivals = [
            self.drawn.get(item["id"]) or drawn(item, self.stage(item))
            for item in self.announced.values()
        ]
        regions += self.pages.get(f"{request.match_info['name']}/now", "")
        cursor = ".".join(map(str, self.cursor))
        return web.Response(text=update_html(arrivals, regions, cursor), content_type="text/html")

    def stage(self, item: dict[str, Any]) -> str:
        """Return an entry's stage by the announced entries."""
        signed = [payload_of(each["envelope"]) for each in self.announced.values()]
        if any(one["id"] == item["id"] for each in signed for one in each.get("answers", ())):
            return "answered"
        if any(
            each["kind"] == "note.acknowledged" and item["id"] in each["body"]["entries"]
            for each in signed
        ):
            return "acknowledged"
        party, _, index = item["position"].lower().partition("-")
        return "delivered" if party == "eu" and int(index) < self.cursor[2] else "stored"

    async def script(self, request: web.Request) -> web.Response:
        return web.Response(text=bundle(Path(request.path).name), content_type="text/javascript")

    async def icon(self, _request: web.Request) -> web.Response:
        return web.Response(status=204)

    def problem(self, status: int, code: str, title: str, **more: str) -> web.Response:
        body = {"code": code, "title": title, "status": status, **more}
        return web.json_response(body, status=status, content_type="application/problem+json")

    async def directory(self, _request: web.Request) -> web.Response:
        lists = {
            party: [
                {"position": item["position"], "envelope": item["envelope"]}
                for item in log.items
                if item["kind"] in DIRECTORY_KINDS
            ]
            for party, log in self.logs.items()
        }
        return web.json_response(lists)

    async def heads(self, _request: web.Request) -> web.Response:
        if self.signed_out:
            return self.problem(401, "session-over", "Your session has ended.")
        return web.json_response({"heads": self._heads()})

    def _heads(self) -> list[dict[str, Any]]:
        heads = [log.head() for log in self.logs.values()]
        return [
            {"log": head.origin, "size": head.size, "root": head.root.hex(), "note": note}
            for head, note in heads
        ]

    async def entries(self, request: web.Request) -> web.Response:
        found = [self.find(entry_id) for entry_id in request.query["ids"].split(",")]
        return web.json_response({"entries": [item for item in found if item]})

    async def entry(self, request: web.Request) -> web.Response:
        found = self.find(request.match_info["id"])
        return (
            web.json_response(found)
            if found
            else self.problem(404, "entry-unknown", "No such entry")
        )

    async def post_entries(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.refuse_entries:
            refusal = dict(self.refuse_entries)
            return self.problem(refusal.pop("status"), refusal.pop("code"), **refusal)
        if self.two_sign:
            return self.lay_before(body)
        receipts = []
        for each in body["entries"]:
            sent = Submission(each["envelope"].encode(), tuple(p.encode() for p in each["parts"]))
            try:
                item = self.admit(sent)
            except ChannelError as error:
                return self.problem(422, error.code, error.detail)
            self.posted.append(payload_of(each["envelope"]))
            receipts.append({k: item[k] for k in ("id", "position", "receipt")})
        return web.json_response({"receipts": receipts})

    def admit(self, sent: Submission) -> dict[str, Any]:
        incoming = submission.read(sent, whole=True)
        known = self.find(incoming.id)
        if known:
            return known
        for signature in incoming.envelope.signatures:
            suite, public = self.public(signature.keyid)
            suites.verify(suite, public, incoming.envelope.pae, signature.sig)
        item = self.logs["eu"].append(sent)
        self.announce(item)
        return item

    # ---- the stream

    async def stream(self, request: web.Request) -> web.StreamResponse:
        last = request.headers.get("Last-Event-ID", "")
        self.opened.append({"after": request.query["after"], "last": last})
        if self.signed_out:
            return self.problem(401, "session-over", "Your session has ended.")
        if self.refuse_streams:
            self.refuse_streams -= 1
            return self.problem(503, "unavailable", "Not now")
        sent = max(self._after(request.query["after"]), self._after(last))
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        wake = asyncio.Event()
        cuts = self.cuts
        self.streams.add(wake)
        self.served.set()
        try:
            await response.write(b"retry: 50\n\n")
            while self.cuts == cuts:
                wake.clear()
                for number, kind, data in self.events[sent:]:
                    place = "" if kind in {"private", "menu"} else f"id: {number}\n"
                    text = f"{place}event: {kind}\ndata: {json.dumps(data)}\n\n"
                    await response.write(text.encode())
                sent = len(self.events)
                await wake.wait()
            await response.write(self.last_words)
        except ConnectionResetError:
            pass
        finally:
            self.streams.discard(wake)
        return response

    def end_session(self, *, told: bool = True) -> None:
        """End the session; `told` streams get an event before they end."""
        self.signed_out = True
        if told:
            self.last_words = b'event: over\ndata: {"code": "session-over"}\n\n'
        self.cut()

    def cut(self) -> None:
        """End every open stream."""
        self.cuts += 1
        for stream in self.streams:
            stream.set()

    # ---- enrolment and sign-in

    async def enrol_start(self, request: web.Request) -> web.Response:
        if (await request.json())["code"] != "ABCD-EFGH":
            return self.problem(
                403, "code-unknown", "This code is not known", next="Ask your registrar."
            )
        roots = {"eu": pin("eu"), "cn": pin("cn")}
        seen = [{k: head[k] for k in ("log", "size", "root")} for head in self._heads()]
        facts = {
            "party": "eu",
            "log": self.logs["eu"].origin,
            "person": person("eu", "browser"),
            "role": "desk",
            "unit": "Fictional unit",
        }
        return web.json_response(
            facts | {"desk": "licensing", "seen": seen, "roots": roots, "at": AT}
        )

    async def enrol_post(self, request: web.Request) -> web.Response:
        body = await request.json()
        envelope = dsse.decode(body["envelope"].encode())
        entry = submission.read(Submission(body["envelope"].encode()), whole=True).entry
        public = base64.b64decode(entry.body.public)
        suites.check_public(entry.body.suite, public)
        suites.verify(entry.body.suite, public, envelope.pae, envelope.signatures[0].sig)
        self.pending = envelope
        return web.json_response({}, status=202)

    def confirm(self) -> None:
        """Grant the function, and put the registrar's signature on the pending enrolment."""
        assert self.pending
        self.grant("eu", person("eu", "browser"))
        registrar = key("eu", "registrar")
        signature = Signature(registrar.key, registrar.private.sign(self.pending.pae))
        self.logs["eu"].append(Submission(self.pending.with_signature(signature).encode()))
        self.confirmed.set()

    async def act_waiting(self, request: web.Request) -> web.Response:
        held = [each for each in self.offered if each["id"] == request.match_info["id"]]
        return web.json_response(held[0] if held else {}, status=200 if held else 404)

    async def act_signed(self, request: web.Request) -> web.Response:
        self.act_signatures.append((request.match_info.get("id", ""), await request.json()))
        if self.same_waits:
            body = {"code": "act-waits", "facts": {"id": self.same_waits}}
            return web.json_response(body, status=409)
        return web.json_response({"id": "0", "state": "done"})

    async def enrol_status(self, _request: web.Request) -> web.Response:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.confirmed.wait(), 1)
        return web.json_response({"state": "confirmed" if self.confirmed.is_set() else "waiting"})

    async def challenge(self, request: web.Request) -> web.Response:
        self.nonce += 1
        origin = "https://elsewhere.example" if self.foreign_challenge else self.origin
        payload: dict[str, Any] = {
            "v": 1,
            "origin": origin,
            "key": (await request.json())["key"],
            "nonce": f"{self.nonce:064x}",
            "expires": "2099-01-01T00:00:00Z",
        }
        return web.json_response({"payload": b64(canonical.dumps(payload))})

    async def signin(self, request: web.Request) -> web.Response:
        body = await request.json()
        envelope = dsse.decode(body["envelope"].encode())
        assert envelope.payload_type == dsse.SIGNIN_TYPE
        assert json.loads(envelope.payload)["nonce"] == f"{self.nonce:064x}"
        suite, public = self.public(envelope.signatures[0].keyid)
        suites.verify(suite, public, envelope.pae, envelope.signatures[0].sig)
        self.signed_in = envelope.signatures[0].keyid
        return web.json_response({"session": True})

    # ---- files, drafts, clearance

    async def post_file(self, request: web.Request) -> web.Response:
        data = await request.read()
        digest = sha256(data).hexdigest()
        self.files[digest] = data
        return web.json_response({"sha256": digest, "len": len(data)})

    async def draft(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        drafts = self.acts if name.startswith("sign ") else self.drafts
        if request.method == "GET" and drafts is self.acts:
            return self.take(name)
        if request.method == "GET":
            if name not in drafts:
                return web.json_response({})
            return web.json_response({"fields": drafts[name], "at": AT, "version": 1})
        if request.method == "DELETE":
            drafts.pop(name, None)
            return web.json_response({})
        body = await request.json()
        if drafts is self.acts:
            drafts[name] = body["fields"]
            return web.json_response({"at": AT, "version": 1} | self.looked)
        self.saves.append((body["version"], body["page"]))
        self.served.set()
        await self.saving.wait()
        drafts[name] = body["fields"]
        if self.lose_replies:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"at": AT, "version": len(self.saves)})

    async def look(self, _request: web.Request) -> web.Response:
        return web.json_response({"summary": "", "notices": [], "confirm": []})

    async def waiting(self, _request: web.Request) -> web.Response:
        return web.json_response({"clearances": self.clearances})

    def lay_before(self, body: dict[str, Any]) -> web.Response:
        """Queue drafts for release, if the sender requests it."""
        if not body.get("lay"):
            return self.problem(403, "clearance-missing", "Two must sign")
        drafts = [
            {"id": dsse.decode(each["envelope"].encode()).id, **each} for each in body["entries"]
        ]
        self.clearances += drafts
        return web.json_response({"receipts": [], "laid": [each["id"] for each in drafts]})

    async def clear(self, request: web.Request) -> web.Response:
        body = await request.json()
        envelope = dsse.decode(body["envelope"].encode())
        assert envelope.id == request.match_info["id"]
        self.cleared.append(envelope)
        self.notes += [dsse.decode(body["note"]["envelope"].encode())] if "note" in body else []
        return web.json_response({"receipts": []})
