"""Script, styles and fonts, under a hash of all files, so that browsers may cache them for ever.

Read and compressed once at start; served from memory. `scripts.py` bundles the client's modules.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import orjson
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
            zipped = found.zipped if "gzip" in request.headers.get("Accept-Encoding", "") else None
            headers = {
                "Cache-Control": "public, max-age=31536000, immutable",
                "Content-Type": found.type,
                "Vary": "Accept-Encoding",
            }
            if zipped is not None:
                headers["Content-Encoding"] = "gzip"
            return web.Response(body=zipped or found.data, headers=headers)

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


def _served(tree: list[tuple[str, bytes]]) -> dict[str, bytes]:
    """Replace the modules by the bundle of each page, and add the official terms."""
    modules = {path: data.decode() for path, data in tree if path.startswith("js/")}
    served = {path: data for path, data in tree if path not in modules}
    sources = {path.removeprefix("js/"): text for path, text in modules.items()}
    served |= {f"js/{name}": client(sources, name).encode() for name in ENTRIES + LAZY}
    return {**served, TERMS: orjson.dumps(term_pairs())}


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for item in folder.iterdir():
        if item.is_dir():
            found.extend(_walk(item, f"{prefix}{item.name}/"))
        elif not item.name.endswith(".md"):
            found.append((f"{prefix}{item.name}", item.read_bytes()))
    return found
