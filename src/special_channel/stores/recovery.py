"""What waits for a second signature on the acceptance of a loss: table `work.recovery`."""

from __future__ import annotations

from special_channel.stores.database_errors import mapped
from special_channel.stores.sessions import Pool


class PostgresRecoveries:
    """Port `Recoveries`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @mapped
    async def keep(self, envelope: bytes) -> None:
        """Keep what was signed once, in place of what was kept before."""
        await self._pool.execute(
            "INSERT INTO work.recovery (envelope) VALUES ($1)"
            " ON CONFLICT (one) DO UPDATE SET envelope = excluded.envelope",
            envelope.decode(),
        )

    @mapped
    async def pending(self) -> bytes | None:
        """Return what waits for a second signature."""
        found = await self._pool.fetchval("SELECT envelope FROM work.recovery")
        return None if found is None else str(found).encode()

    @mapped
    async def drop(self) -> None:
        """Forget it."""
        await self._pool.execute("DELETE FROM work.recovery")
