"""Variants in a running node: a switch changes the node's behaviour, and back."""

from __future__ import annotations

import pytest

from benchmarks import stage, variants
from benchmarks.switched import BASE, VARIANTS, Switch
from special_channel.broker import append
from special_channel.core.bytes import suites
from tests import servers


def checks_of_one_signature(monkeypatch, name: str) -> int:
    asked = []
    monkeypatch.setattr(suites, "verify", lambda *arguments: asked.append(arguments))
    switch = Switch()
    switch.use(name)
    suites.verify("ed25519", b"", b"", b"")
    switch.use(BASE)
    suites.verify("ed25519", b"", b"", b"")
    return len(asked) - 1


@pytest.mark.parametrize(("name", "checks"), [("same", 1), ("checked-twice", 2)])
def test_variant_changes_checks_and_is_taken_back(monkeypatch, name, checks):
    assert checks_of_one_signature(monkeypatch, name) == checks


def test_variant_follows_variant_without_base_between():
    limit, switch = append.MAX_GROUP, Switch()
    switch.use("groups-of-one")
    assert vars(append)["MAX_GROUP"] == 1
    switch.use("checked-twice")
    assert limit == append.MAX_GROUP
    switch.use(BASE)


def test_variant_that_is_unknown_leaves_the_code_as_it_is():
    switch, limit = Switch(), append.MAX_GROUP
    switch.use("groups-of-one")
    with pytest.raises(KeyError):
        switch.use("faster")
    assert limit == append.MAX_GROUP


async def test_node_changes_variants_while_it_serves():
    with servers.open_folder() as folder:
        figures = await variants.variants(folder, ["groups-of-one"], pairs=1, seconds=0.05)
    assert [figure.name for figure in figures] == [
        name for name in variants.NAMES if name.startswith("variant_groups-of-one_")
    ]
    assert all(figure.value > 0 for figure in figures)


async def test_node_refuses_a_variant_by_ending():
    with servers.open_folder() as folder:
        async with stage.stage(folder) as ready, variants.switched(ready) as node:
            await node.use("same")
            with pytest.raises(RuntimeError, match="it ended"):
                await node.use("faster")


def test_figure_names_choose_their_variants():
    assert variants.named(["variant_groups-of-one_64_node", "timers"]) == ["groups-of-one"]
    assert variants.named(["variants"]) == list(variants.DEFAULT)


def test_every_variant_can_be_taken_up_and_back():
    for name in VARIANTS:
        switch = Switch()
        switch.use(name)
        switch.use(BASE)
