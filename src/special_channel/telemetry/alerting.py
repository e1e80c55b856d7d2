"""Metrics of alerts and of their reminders. Contains no names and no content."""

from __future__ import annotations

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from special_channel.stores.pulse import EscalationStatus


class AlertMetrics:
    """Metrics of alerts and of the work behind them, for `Metrics`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, description: str, *labels: str) -> Gauge:
            return Gauge(name, description, labels, registry=registry)

        self._ended = Counter(
            "sc_alert", "Alerts that ended", ["channel", "outcome"], registry=registry
        )
        self._delivery = Histogram(
            "sc_alert_delivery_seconds",
            "From when an alert could leave to its end",
            ["channel"],
            buckets=(0.1, 1, 10, 60, 600, 1800, 7200, 36_000, 86_400, 259_200),
            registry=registry,
        )
        self._pending = gauge("sc_alert_pending", "Alerts whose time has come, unsent", "channel")
        self._oldest = gauge("sc_alert_oldest_seconds", "Age of the oldest of them")
        self._timers = gauge("sc_timers", "Planned looks, by state, from the record", "state")
        self._overdue = gauge("sc_timers_overdue", "Armed looks past their time")
        self._oldest_overdue = gauge("sc_oldest_overdue_seconds", "How late the oldest is")
        self._ran = gauge("sc_escalation_last_run_seconds", "Since a task's last step", "task")
        self._canary = gauge("sc_canary_last_seconds", "Since a canary last came through")
        self._round_trip = gauge("sc_canary_round_trip_seconds", "What the last one took")
        self._horizon = gauge("sc_calendar_horizon_days", "Days that calendars cover", "side")

    def ended(self, channel: str, outcome: str, seconds: float) -> None:
        """Count an alert that ended."""
        self._ended.labels(channel, outcome).inc()
        if outcome == "sent":
            self._delivery.labels(channel).observe(max(seconds, 0.0))

    def horizon(self, side: str, days: int) -> None:
        """Set the number of days covered by a side's calendar."""
        self._horizon.labels(side).set(days)

    def backlog(self, standing: EscalationStatus, now: datetime) -> None:
        """Set backlog, lateness, task and canary metrics."""
        self._pending.clear()
        for channel, count in standing.pending.items():
            self._pending.labels(channel).set(count)
        self._oldest.set(age(standing.oldest_pending, now))
        for state in ("armed", "waiting", "stuck"):
            self._timers.labels(state).set(standing.looks.get(state, 0))
        self._overdue.set(standing.overdue)
        self._oldest_overdue.set(age(standing.oldest_overdue, now))
        for task, at in standing.pulse.items():
            self._ran.labels(task).set(age(at, now))
        if standing.canary_closed is not None:
            self._canary.set(age(standing.canary_closed, now))
            self._round_trip.set(standing.canary_seconds)


def age(at: datetime | None, now: datetime) -> float:
    """Return the seconds since an instant; 0 for None."""
    return 0.0 if at is None else max((now - at).total_seconds(), 0.0)
