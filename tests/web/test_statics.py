"""Styles, fonts and icons: their sizes, their origin, what old browsers can read."""

from __future__ import annotations

import gzip
import hashlib
import re
import tomllib
from pathlib import Path

import pytest

from special_channel.web.http.statics import read_statics
from tests.world import World

WEB = Path(__file__).resolve().parents[2] / "src/special_channel/web"
CSS = (WEB / "static/css/case.css").read_text("utf-8")
VENDORED = tomllib.loads((WEB / "vendor.toml").read_text("utf-8"))["file"]


def test_the_stylesheet_stays_small():
    assert len(gzip.compress(read_statics().held["css/case.css"].data, 9)) <= 10_240


def test_the_stylesheet_has_no_transition_between_pages():
    # A browser reports an error in its console where a page is left before it was drawn whole.
    assert "view-transition" not in CSS


def test_the_stylesheet_needs_nothing_from_elsewhere_and_nothing_newer_than_chromium_90():
    for url in re.findall(r"url\(([^)]*)\)", CSS):
        assert (WEB / "static/css" / url).resolve().is_file()
    rules = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
    assert not re.findall(
        r"oklch\(|light-dark\(|color-mix\(|:has\(|@layer|@container|\bdvh\b|&:", rules
    )


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * d for d in digits)
    channels = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    a, b = sorted((luminance(one), luminance(other)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def tokens(place: int) -> dict[str, str]:
    block = re.findall(r":root\{(.*?)\}", CSS, flags=re.DOTALL)[place]
    return dict(re.findall(r"--([a-z0-9-]+):(#[0-9a-f]{3,6})", block))


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_and_controls_stand_out(scheme):
    t = tokens(scheme)
    grounds = ("bg", "sheet", "wash")
    text = [(ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in grounds]
    text += [("eu", "eu-wash"), ("cn", "cn-wash"), ("due", "due-wash"), ("due", "sheet")]
    text += [("on-fill", fill) for fill in ("ink", "eu", "cn", "late")] + [
        ("ok", "sheet"),
        ("late", "sheet"),
    ]
    weak = {pair: contrast(t[pair[0]], t[pair[1]]) for pair in text}
    assert not {pair: ratio for pair, ratio in weak.items() if ratio < 4.5}
    assert contrast(t["line-2"], t["sheet"]) >= 3
    assert contrast(t["mid"], t["sheet"]) >= 3


def test_a_letter_is_in_one_font_of_a_family():
    # A browser that waits for the first file would load the second as well.
    letters: dict[str, list[int]] = {}
    for family, ranges in re.findall(
        r'@font-face\{font-family:"([^"]*)".*?unicode-range:([^}]*)\}', CSS
    ):
        for each in ranges.split(","):
            first, _, last = each.removeprefix("U+").partition("-")
            letters.setdefault(family, []).extend(range(int(first, 16), int(last or first, 16) + 1))
    assert {"Source Sans 3", "Source Sans 3 Zh", "Source Sans 3 Ext"} == {*letters}
    assert all(len(each) == len({*each}) for each in letters.values())


@pytest.mark.parametrize("entry", VENDORED, ids=lambda entry: entry["path"])
def test_a_vendored_file_is_the_one_that_is_named_and_brings_its_licence(entry):
    assert hashlib.sha256((WEB / entry["path"]).read_bytes()).hexdigest() == entry["sha256"]
    assert (WEB / entry["licence_file"]).is_file()


def test_every_font_is_named():
    fonts = {f"static/fonts/{path.name}" for path in (WEB / "static/fonts").glob("*.woff2")}
    assert fonts == {entry["path"] for entry in VENDORED if entry["path"].endswith("woff2")}
    assert sum((WEB / name).stat().st_size for name in fonts) < 40_000


async def test_data_may_do_nothing_and_pages_what_they_need(pages_of):
    site = await pages_of(World.founded(), "eu")
    url = read_statics().url
    policies = {}
    for path in ("/inbox", f"{url}/js/main.js", f"{url}/css/case.css", "/api/heads", "/api/none"):
        answer = await site.get(path)
        policies[path] = answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    page, script, *data = policies.values()
    assert page == script
    assert "script-src 'self'; " in page
    assert "trusted-types 'none'" in page
    assert {*data} == {"default-src 'none'; frame-ancestors 'none'"}


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("identity", None),
        ("gzip;q=0.5,br;q=1.0", "br"),
        ("brotli", None),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.000,gzip;q=0", None),
        ("br;q=0.001", "br"),
    ],
)
async def test_file_is_coded_as_accepted(pages_of, accepted, coding):
    site = await pages_of(World.founded(), "eu")
    statics = read_statics()
    held = statics.held["js/composer.js"]
    url = f"{site.base}{statics.url}/js/composer.js"
    async with site.client.get(url, headers={"Accept-Encoding": accepted}) as answer:
        assert answer.headers.get("Content-Encoding") == coding
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert await answer.read() == held.data
        sent = answer.content_length or 0
    assert held.zipped is not None
    smallest = {"br": len(held.zipped) * 0.9, "gzip": len(held.zipped), None: len(held.data)}
    assert sent <= smallest[coding]


async def test_font_is_not_compressed_twice(pages_of):
    site = await pages_of(World.founded(), "eu")
    statics, path = read_statics(), "fonts/source-sans-3-latin-wght-normal.woff2"
    async with site.client.get(f"{site.base}{statics.url}/{path}") as answer:
        assert (answer.status, answer.headers.get("Content-Encoding")) == (200, None)
        assert await answer.read() == statics.held[path].data


async def test_files_that_a_page_names_are_served_by_type(pages_of):
    site = await pages_of(World.founded(), "eu")
    page = (await site.get("/inbox")).page
    named = [
        each.attributes.get("src") or each.attributes["href"]
        for each in page.within()
        if each.tag == "script" or each.attributes.get("rel") in {"stylesheet", "icon"}
    ]
    types = {}
    for url in named:
        shown = await site.get(url)
        assert shown.status == 200, url
        types[url.rpartition("/")[2]] = shown.headers["Content-Type"]
    assert types == {
        "case.css": "text/css; charset=utf-8",
        "lists.css": "text/css; charset=utf-8",
        "print.css": "text/css; charset=utf-8",
        "icon.svg": "image/svg+xml; charset=utf-8",
        "main.js": "text/javascript; charset=utf-8",
    }
