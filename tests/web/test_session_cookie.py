"""The session cookie where browsers come by TLS: no other host and no plain page can set it."""

from __future__ import annotations

from http.cookies import SimpleCookie

from special_channel.desk.signin import token_digest
from tests.web.pages_node import URL, PagesNode
from tests.world import World

NAME = "__Host-sc-session-cn"


async def ask(site: PagesNode, method: str, path: str, name: str, **headers: str):
    cookie = {"Cookie": f'{name}="{await site.sign_in("desk")}"'}
    return site.client.request(
        method, site.base + path, headers=cookie | headers, json={}, allow_redirects=False
    )


async def test_cookie_over_tls_has_the_host_prefix(pages_of):
    site = await pages_of(World.founded(), "cn", url=URL.replace("http:", "https:"))
    async with await ask(site, "GET", "/api/heads", NAME) as response:
        assert response.status == 200
    async with await ask(site, "GET", "/api/heads", "sc-session-cn") as response:
        assert response.status == 401


async def test_sign_out_over_tls_deletes_the_cookie(pages_of):
    site = await pages_of(World.founded(), "cn", url=URL.replace("http:", "https:"))
    async with await ask(site, "POST", "/api/signout", NAME) as response:
        assert response.status == 200
        sent = SimpleCookie(response.headers["Set-Cookie"])[NAME]
    # Browsers ignore a `__Host-` cookie that is not Secure, of path / and without a domain.
    assert (sent["secure"], sent["path"], sent["domain"], sent["max-age"]) == (True, "/", "", "0")
    held = await site.own.desk.door.sessions.find(
        token_digest("token of desk"), site.own.node.clock.now()
    )
    assert held is None
