from __future__ import annotations

import os
import subprocess
import sys

import pytest

from special_channel.cli.exits import EXITS, OK, PIPE_CLOSED, USAGE, exit_code
from special_channel.core.bytes import errors
from special_channel.core.bytes.errors import ChannelError


def every_class(root: type[ChannelError]) -> set[type[ChannelError]]:
    return {root} | {each for child in root.__subclasses__() for each in every_class(child)}


LEAVES = sorted(
    (each for each in every_class(ChannelError) if each.__module__ == errors.__name__),
    key=lambda each: each.__name__,
)


@pytest.mark.parametrize(
    "kind", [each for each in LEAVES if each not in {ChannelError, errors.Refused}]
)
def test_each_class_of_error_has_an_exit_code_that_is_neither_success_nor_usage(kind):
    assert exit_code(kind("some-code")) not in {OK, USAGE, 1}


def test_what_a_caller_does_next_is_told_apart():
    wanted = {
        errors.Malformed: 3,
        errors.RuleBroken: 3,
        errors.BadSignature: 4,
        errors.NotAllowed: 4,
        errors.NotFound: 5,
        errors.Unavailable: 6,
        errors.OutcomeUnknown: 7,
        errors.Corrupt: 8,
    }
    assert {kind: exit_code(kind("x")) for kind in wanted} == wanted
    assert dict(EXITS) == wanted


def test_a_subclass_made_elsewhere_falls_under_its_class():
    class Stale(errors.Unavailable):
        pass

    assert exit_code(Stale("x")) == 6


def test_output_whose_reader_left_ends_without_a_traceback():
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "special_channel", "--version"]
    with os.fdopen(writer, "wb") as output:
        ended = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (PIPE_CLOSED, b"")
