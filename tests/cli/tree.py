"""All commands of the command line, imported."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import click

from special_channel.cli.app import program

Path = tuple[str, ...]


def tree() -> list[tuple[Path, click.Command]]:
    """Commands by their words, including groups and the root."""
    return list(_below((), program))


def leaves() -> dict[str, click.Command]:
    """Commands without groups, by their words."""
    return {
        " ".join(path): command for path, command in tree() if not isinstance(command, click.Group)
    }


def _below(path: Path, command: click.Command) -> Iterator[tuple[Path, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            assert below is not None
            yield from _below((*path, name), below)


def unwrap(command: click.Command) -> Callable[..., Awaitable[None]]:
    """The coroutine of a command, with a `Call` as argument."""
    return command.callback.__wrapped__  # type: ignore[no-any-return]
