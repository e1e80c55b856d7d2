"""Drafts for release as heavy as the formats allow: pages of at most 400 KB and no word is lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.test_heavy_dossiers import HEAVY
from tests.web.test_heavy_forms import longest
from tests.web.test_long_drafts import walk
from tests.web.test_release_queue import waits
from tests.world import World

# What is counted of each text: no piece ends within it.
COUNTED = ["certificates", "证书", "&", "\u202e", "𠮷"]


@pytest.mark.parametrize(
    ("text", "mark"), [(text, mark) for (text, _), mark in zip(HEAVY, COUNTED, strict=True)]
)
async def test_heavy_question_of_a_draft_is_on_pages_of_400_kb(pages_of, text, mark):
    """The heaviest question with its translation, in letters, characters and marks."""
    world = World.founded()
    site = await pages_of(world, "eu")
    asked, translated = longest(text), longest(text, 1)
    due = world.ask("eu", "2027-11-24T09:00:00Z") | {"part": 0}
    body = {"translation": {"lang": "zh-CN", "parts": [1]}}
    stated: dict[str, Any] = {"thread": world.thread_id(), "lang": "en", "asks": [due]}
    parts = [world.text(asked), world.text(translated)]
    id_ = await waits(site, "note.posted", parts, **stated, body=body)
    pages = await walk(site, f"/clearances/{id_}", "read")
    assert len(pages) > 2
    shown = [each.page.by_id("read") for each in pages]
    # Not the start of the question, which stands beside its date as well.
    whole = "".join(
        said.source
        for each in shown
        if each
        for said in each.within()
        if said.attributes.get("class") == "para"
    )
    assert whole.count(mark) == asked.count(mark) + translated.count(mark)
