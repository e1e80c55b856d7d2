"""`machine sign`: a key signs its own enrolment, and nothing else."""

from __future__ import annotations

import pytest

from special_channel.cli.machines import own_enrolment
from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from tests.core.test_judge_machines import machine
from tests.core.test_judge_succession import Committed, succession


def test_new_key_signs_its_own_enrolment():
    world = Committed.founded()
    payload = canonical.dumps(machine(world, "eu", "node"))
    assert own_enrolment(payload, world.sides["eu"].keys["new"].key).body.role == "node"


@pytest.mark.parametrize("role", ["checkpoint", "link"])
def test_key_of_a_person_signs_no_enrolment_of_another(role):
    world = Committed.founded()
    made = succession(world, "eu", role) if role == "checkpoint" else machine(world, "eu", role)
    with pytest.raises(Malformed) as refused:
        own_enrolment(canonical.dumps(made), world.sides["eu"].keys["registrar"].key)
    assert refused.value.code == "machine-request"


def test_key_signs_no_enrolment_of_another_node_key():
    world = Committed.founded()
    made = machine(world, "eu", "node", by="registrar")
    with pytest.raises(Malformed) as refused:
        own_enrolment(canonical.dumps(made), world.sides["eu"].keys["registrar"].key)
    assert refused.value.code == "machine-request"
