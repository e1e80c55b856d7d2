"""The acceptance of a loss while waiting for its second signature: table `work.recovery`."""

from __future__ import annotations

from special_channel.stores.store import Store


class Recoveries(Store):
    """Stores an acceptance signed by a registrar until a head of unit signs, too."""

    async def keep(self, envelope: bytes) -> None:
        """Store an envelope with one signature; replaces the one stored before."""
        await self._pool.execute(
            "INSERT INTO work.recovery (envelope) VALUES ($1)"
            " ON CONFLICT (one) DO UPDATE SET envelope = excluded.envelope",
            envelope.decode(),
        )

    async def pending(self) -> bytes | None:
        """Return the envelope that waits for a second signature, if any."""
        envelope = await self._pool.fetchval("SELECT envelope FROM work.recovery")
        return None if envelope is None else str(envelope).encode()

    async def drop(self) -> None:
        """Delete the stored envelope."""
        await self._pool.execute("DELETE FROM work.recovery")
