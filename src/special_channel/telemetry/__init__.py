"""Process logs and metrics. Separate from the record: logs and metrics are no evidence."""

from __future__ import annotations

from special_channel.telemetry.logs import configure
from special_channel.telemetry.metrics import Metrics

__all__ = ["Metrics", "configure"]
