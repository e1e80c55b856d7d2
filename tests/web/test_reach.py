"""What the handler of a route can reach of a node's services."""

from __future__ import annotations

from dataclasses import fields

import pytest

from special_channel.web.http.app import make_app
from special_channel.web.http.routes import NOUNS
from special_channel.web.http.security import REACHED
from special_channel.web.http.services import (
    ActServices,
    AlertServices,
    DeskServices,
    StoreServices,
    narrowed,
)
from special_channel.web.http.statics import read_statics
from tests.web.pages_node import MONITORED
from tests.world import World

BUNDLES = {
    "acts": ActServices,
    "alerts": AlertServices,
    "desk": DeskServices,
    "stores": StoreServices,
}


def test_routes_declare_services_that_there_are():
    known = {f"{name}.{each.name}" for name, bundle in BUNDLES.items() for each in fields(bundle)}
    declared = {service for noun in NOUNS.values() for service in noun.reaches}
    assert sorted(declared - known) == []


async def test_handler_reaches_declared_services_alone(pages_of):
    own = (await pages_of(World.founded(), "eu")).own
    narrow = narrowed(own, frozenset({"stores.permits"}))
    assert narrow.stores.permits is own.stores.permits
    assert narrow.stores.views is own.stores.views, "what every page needs"
    assert narrow.limits is own.limits
    with pytest.raises(AssertionError, match=r"acts\.appender is not among"):
        _ = narrow.acts.appender.act
    with pytest.raises(AssertionError, match=r"stores\.meetings is not among"):
        _ = narrow.stores.meetings.points


async def test_only_routes_that_declare_the_appender_reach_it(pages_of):
    own = (await pages_of(World.founded(), "eu")).own
    reached = make_app(own, read_statics(), MONITORED)[REACHED]
    writers = {
        route.handler
        for route, services in reached.items()
        if services.acts.appender is own.acts.appender
    }
    declared = {
        handler
        for noun in NOUNS.values()
        if "acts.appender" in noun.reaches
        for _method, _path, handler in noun.routes
    }
    assert writers == declared
