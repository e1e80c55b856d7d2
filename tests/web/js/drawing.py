"""Entries as a page shows them: drawn by the stub node, for pages and for updates of open ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from tests.web.js.record import payload_of

CHECK = (
    '<span data-check><span data-verdict="ok" hidden>checked</span>'
    '<span data-verdict="bad" hidden>broken <i data-f="reason"></i></span>'
    '<span data-verdict="unknown" hidden>not checked <i data-f="reason"></i></span></span>'
)
STRIP = (
    '<p class="strip" data-verdict="bad" hidden><b data-f="reason"></b>'
    '<button type="button" data-act="show-anyway">Show anyway</button></p>'
)


def entry_html(
    item: dict[str, Any],
    texts: Sequence[str],
    extra: str = "",
    attributes: str = "",
    stage: str = "stored",
) -> str:
    """Render an entry as a template would: one paragraph a part, in order."""
    parts = "".join(f'<p data-part="{n}">{escape(text)}</p>' for n, text in enumerate(texts))
    return (
        f'<li id="{item["position"]}" data-entry-id="{item["id"]}" '
        f'data-position="{item["position"]}" data-kind="{item["kind"]}" tabindex="-1" {attributes}>'
        f"{CHECK}{STRIP}<div data-content>{parts}{extra}</div>"
        f"{evidence_html(item, stage)}</li>"
    )


def evidence_html(item: dict[str, Any], stage: str) -> str:
    """Render the region with an entry's stages."""
    return (
        f'<div data-live="{item["position"]} evidence"><span data-stage="{stage}">{stage}</span>'
        "</div>"
    )


def drawn(item: dict[str, Any], stage: str = "stored", due: str = "") -> str:
    """Render an entry from its bytes, new to the reader; `due`: the due time that its asks show."""
    signed = payload_of(item["envelope"])
    said = [json.loads(text) for text in item["parts"]]
    texts = [each["text"] for each in said if "text" in each]
    files = "".join(
        f'<a data-part="{n}" href="/api/files/{each["sha256"]}">'
        f'<i data-f="name">{each["name"]}</i></a>'
        for n, each in enumerate(said)
        if each["role"] == "file"
    )
    asks = "".join(
        f'<li data-ask="{ask["q"]}"><time data-due datetime="{due or ask["due"]}"></time></li>'
        for ask in signed.get("asks", ())
    )
    translated = signed["body"].get("translation", {}).get("parts", [])
    shown = entry_html(item, texts, f"<ul>{asks}</ul>{files}", "data-unread", stage)
    for part in translated:
        text = f'<p data-part="{part}">'
        shown = shown.replace(text, f'<p data-tr data-part="{part}">')
    return shown if item["parts"] else shown.replace("data-unread", "data-unread data-excerpt")


def update_html(arrivals: Sequence[str], regions: str, cursor: str) -> str:
    """Render the document with the missing entries of an open page."""
    if not arrivals:
        return f'<!doctype html><body data-after="{cursor}">{regions}</body>'
    positions = [text.split('id="', 1)[1].split('"', 1)[0] for text in arrivals]
    items = zip(arrivals, [*positions[1:], ""], strict=True)
    new = "".join(f'<ol data-before="{before}">{text}</ol>' for text, before in items)
    return f'<!doctype html><body data-after="{cursor}">{new}{regions}</body>'
