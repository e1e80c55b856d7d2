"""Parts of a charter on keys: where officials sign, and by which suites.

Does not judge signatures: `rules/suite_policy.py` and `rules/signature_origin.py` do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from special_channel.core.bytes.fields import Model, Suite
from special_channel.core.bytes.ids import Digest, Party, PersonRole

LOCAL: str = "http://localhost:"
"""Beginning of an origin without TLS, for demonstrations alone."""

ClientOrigin = Annotated[
    str,
    StringConstraints(
        max_length=300,
        pattern=r"^(((https|[a-z]+(-[a-z]+)*-extension)://[a-z0-9.-]+(:[1-9][0-9]{0,4})?)"
        r"|http://localhost:[1-9][0-9]{0,4})$",
    ),
]
"""A web origin as browsers write it, such as `https://client.eu.channel.example`."""


class ClientOrigins(Model):
    """Origins at which a side's officials sign."""

    party: Party
    origins: Annotated[tuple[ClientOrigin, ...], Field(min_length=1, max_length=4)]

    @field_validator("origins")
    @classmethod
    def _differ(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        return distinct(origins)


class Client(Model):
    """The client with which officials sign.

    `sides`: origins by side. `digests`: digests of the client's files, of releases in use.
    """

    sides: Annotated[tuple[ClientOrigins, ...], Field(min_length=1, max_length=2)]
    digests: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=4)]

    @model_validator(mode="after")
    def _differ(self) -> Self:
        distinct([side.party for side in self.sides])
        distinct(self.digests)
        return self

    def origins(self, party: Party) -> tuple[str, ...]:
        """Return a side's origins; empty if none are listed."""
        return next((side.origins for side in self.sides if side.party == party), ())

    @property
    def is_local(self) -> bool:
        """Tell whether an origin lacks TLS."""
        return any(origin.startswith(LOCAL) for side in self.sides for origin in side.origins)


class RoleSuites(Model):
    """Suites of keys with which persons of a role may sign."""

    role: PersonRole
    suites: Annotated[tuple[Suite, ...], Field(min_length=1, max_length=8)]

    @field_validator("suites")
    @classmethod
    def _differ(cls, suites: tuple[str, ...]) -> tuple[str, ...]:
        return distinct(suites)


def distinct(values: Sequence[str]) -> tuple[str, ...]:
    """Return the values.

    Raises:
        ValueError: A value is there twice.
    """
    if len(set(values)) != len(values):
        raise ValueError("a value stands twice")
    return tuple(values)
