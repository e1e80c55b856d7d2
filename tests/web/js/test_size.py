"""What the client weighs, and what it must never contain."""

from __future__ import annotations

import re

from tests.web.js.node import STATIC


def test_no_html_is_parsed_anywhere():
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|srcdoc"
    for script in STATIC.glob("*.js"):
        assert not re.search(sinks, script.read_text(encoding="utf-8")), script.name
