"""Forms are bounded in their fields, parts, headers of parts and depth, and refused by code."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from structlog.testing import capture_logs

from special_channel.web.http.app import MAX_HEADERS
from special_channel.web.http.services import Limits
from tests.web.pages_node import PagesNode
from tests.world import World

LIMITS = Limits(1024 * 1024, 1024 * 1024, 100_000, 100_000, form_fields=500)
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=x"


def part(headers: str = "", name: str = "a", value: str = "1") -> str:
    named = f'Content-Disposition: form-data; name="{name}"\r\n'
    return f"--x\r\n{named}{headers}\r\n{value}\r\n"


def parts(*each: str) -> str:
    return "".join(each) + "--x--\r\n"


LONG = "X-Long: " + "a" * 20_000 + "\r\n"
MANY = "".join(f"X-{number}: a\r\n" for number in range(MAX_HEADERS + 1))
NESTED = "Content-Type: multipart/form-data; boundary=y\r\n"

BEYOND = {
    "fields": (FORM, "a=1&" * 501, "form-fields"),
    "fields without a value": (FORM, "&" * 900_000 + "a&" * 501, "form-fields"),
    "parts": (PARTS, parts(*[part()] * 501), "form-fields"),
    "files": (PARTS, parts(*[part(name='a"; filename="a')] * 501), "form-fields"),
    "a long header of a part": (PARTS, parts(part(LONG)), "request-malformed"),
    "headers of a part": (PARTS, parts(part(MANY)), "request-malformed"),
    "parts in a part": (PARTS, parts(part(NESTED, value="--y--")), "request-malformed"),
    "a long charset": (PARTS, parts(part(name="_charset_", value="u" * 40)), "request-malformed"),
    "bytes": (FORM, "a=" + "1" * 1024 * 1024, "request-too-large"),
    "bytes of a part": (PARTS, parts(part(value="1" * 1024 * 1024)), "request-too-large"),
}


async def post(
    site: PagesNode, path: str, type_: str, body: str, lang: str = "en"
) -> dict[str, Any]:
    cookie = f'sc-session-eu="{await site.sign_in("desk")}"; sc-lang-eu={lang}'
    headers = {"Content-Type": type_, "Cookie": cookie}
    data = BytesIO(body.encode())
    async with site.client.post(site.base + path, data=data, headers=headers) as response:
        told: dict[str, Any] = await response.json(content_type=None)
        assert told["status"] == response.status < 500
        return told


# aiohttp drops the files of a form that is refused; they go at once, with their last reference.
@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")
@pytest.mark.parametrize("name", BEYOND)
async def test_form_beyond_its_bounds_is_refused_by_code(pages_of, name):
    type_, body, code = BEYOND[name]
    site = await pages_of(World.founded(), "eu", limits=LIMITS)
    with capture_logs() as lines:
        told = await post(site, "/preferences/shortcuts", type_, body)
    assert told["code"] == code
    assert [line for line in lines if line["event"] == "request.failed"] == []


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "at most 500 fields"), ("zh-CN", "最多500个字段")],
    ids=["en", "zh-CN"],
)
async def test_refusal_of_a_form_names_its_bound(pages_of, lang, words):
    site = await pages_of(World.founded(), "eu", limits=LIMITS)
    told = await post(site, "/preferences/shortcuts", FORM, "a=1&" * 501, lang)
    assert (told["status"], words in told["title"]) == (413, True)


@pytest.mark.parametrize("type_", [FORM, PARTS], ids=["fields", "parts"])
async def test_form_within_its_bounds_is_read_to_its_end(pages_of, type_):
    site = await pages_of(World.founded(), "eu", limits=LIMITS)
    body = "a=1&" * 499 + "csrf=x" if type_ == FORM else parts(*[part()] * 499, part(name="csrf"))
    assert (await post(site, "/preferences/shortcuts", type_, body))["code"] == "other-site", (
        "the last field is no token"
    )
