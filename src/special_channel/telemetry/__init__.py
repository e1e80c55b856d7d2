"""Process logs and metrics. Not the record: nothing here is evidence."""

from __future__ import annotations

from special_channel.telemetry.logs import configure
from special_channel.telemetry.metrics import Metrics

__all__ = ["Metrics", "configure"]
