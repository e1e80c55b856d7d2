"""Sample pages as the pictures of help show them, where the sample for the tests is another state.

The tests' samples have every part that a page can have, also the rare ones; a picture shows what
the steps beside it say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from special_channel.core.bytes.ids import Party
from special_channel.messages.catalogue import Lang
from tests.web.samples import Shown, every_page
from tests.web.samples.access import clearance_page
from tests.web.samples.search import search_sample
from tests.web.samples.threads import composer, new_thread_page, thread_page

_ASKED: Mapping[Party, str] = {"eu": "CN-340 Q1", "cn": "EU-877 Q2"}


@cache
def pictured(party: Party, lang: Lang) -> Mapping[str, Shown]:
    """Return the sample pages with those of the pictures in place of the tests'."""
    pages = every_page(party, lang)
    answering = replace(composer(party), answer=_ASKED[party])
    own = {
        "thread": thread_page(party, forms={"form": answering}, lang=lang),
        "new-thread": new_thread_page(party, begun=True),
        "clearance": clearance_page(party, released=""),
        "search": search_sample(party, rare=False),
    }
    return pages | {name: replace(pages[name], page=page) for name, page in own.items()}
