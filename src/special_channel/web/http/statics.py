"""Script, styles and fonts, under a hash of all files, so that browsers may cache them for ever.

Read once at start; served from memory. `scripts.py` bundles the client's modules; rcssmin removes
comments and white space from styles.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import brotli
import orjson
import rcssmin
from aiohttp import web

from special_channel.core.bytes.errors import NotFound
from special_channel.messages.terms import term_pairs
from special_channel.web.http.operation import Handler
from special_channel.web.http.scripts import ENTRIES, LAZY, client

_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
_TEXTS: Final = {".js", ".css", ".json", ".svg", ".txt"}

TERMS: Final = "terms.json"
"""Official terms in both languages, which the composer offers while an official writes."""


@dataclass(frozen=True, slots=True)
class _File:
    digest: str
    data: bytes
    zipped: bytes | None
    type: str


@dataclass(frozen=True, slots=True)
class Statics:
    """The files. `digest`: SHA-256 over paths and bytes, in hex."""

    digest: str
    held: dict[str, _File]

    @property
    def url(self) -> str:
        """URL of the folder; changes with the bytes."""
        return f"/static/{self.digest[:16]}"

    def handler(self) -> Handler:
        """Return the handler for the files, each below the hash of all, or below its own."""

        async def get_static(request: web.Request) -> web.Response:
            found = self.held.get(request.match_info["path"])
            tree = request.match_info["tree"]
            if found is None or tree not in {self.digest[:16], found.digest[:16]}:
                raise NotFound("page-unknown", "There is no such file here.")
            headers = {
                "Cache-Control": "public, max-age=31536000, immutable",
                "Content-Type": found.type,
                "Vary": "Accept-Encoding",
            }
            coding, body = await _coded(found, request.headers.get("Accept-Encoding", ""))
            if coding:
                headers["Content-Encoding"] = coding
            return web.Response(body=body, headers=headers)

        return get_static


def read_statics() -> Statics:
    """Read the files in the package."""
    held: dict[str, _File] = {}
    hasher = hashlib.sha256()
    for path, data in sorted(_served(_walk(files("special_channel.web") / "static", "")).items()):
        digest = hashlib.sha256(data).hexdigest()
        hasher.update(f"{path}\n{digest}\n".encode())
        suffix = path[path.rfind(".") :]
        type_ = _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
        zipped = gzip.compress(data, 9, mtime=0) if suffix in _TEXTS else None
        named = f"{type_}; charset=utf-8" if suffix in _TEXTS else type_
        held[path] = _File(digest, data, zipped, named)
    return Statics(hasher.hexdigest(), held)


async def _coded(file: _File, accepted: str) -> tuple[str, bytes]:
    """Return the coding of a response by `Accept-Encoding`, empty for none, and its bytes."""
    codings = _codings(accepted)
    if file.zipped is None:
        return "", file.data
    if "br" in codings:
        return "br", await asyncio.to_thread(_brotli, file.data)
    return ("gzip", file.zipped) if "gzip" in codings else ("", file.data)


def _codings(accepted: str) -> set[str]:
    """Return the codings of a header, without those refused by a weight of 0 (RFC 9110, 12.5.3)."""
    named = (each.partition(";") for each in accepted.replace(" ", "").split(","))
    return {name for name, _, weight in named if not weight or weight.strip("q=0.")}


# A tenth smaller than gzip, but the largest file takes 0.2 s: aside, and when first asked for.
@cache
def _brotli(data: bytes) -> bytes:
    return bytes(brotli.compress(data, quality=11))


def _served(tree: list[tuple[str, bytes]]) -> dict[str, bytes]:
    """Replace the modules by the bundle of each page, strip styles, add the official terms."""
    modules = {path: data.decode() for path, data in tree if path.startswith("js/")}
    served = {path: data for path, data in tree if path not in modules}
    served |= {path: _stripped(data) for path, data in served.items() if path.endswith(".css")}
    sources = {path.removeprefix("js/"): text for path, text in modules.items()}
    served |= {f"js/{name}": client(sources, name).encode() for name in ENTRIES + LAZY}
    return {**served, TERMS: orjson.dumps(term_pairs())}


def _stripped(styles: bytes) -> bytes:
    """Remove comments and white space from a style sheet."""
    return str(rcssmin.cssmin(styles.decode())).encode()


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for item in folder.iterdir():
        if item.is_dir():
            found.extend(_walk(item, f"{prefix}{item.name}/"))
        elif not item.name.endswith(".md"):
            found.append((f"{prefix}{item.name}", item.read_bytes()))
    return found
