"""Dramatiq doing it: messages with a delay over Redis. Settings are its own unless named here."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from jobs import REDIS, Jobs, done, main

dramatiq.set_broker(RedisBroker(url=REDIS))


@dramatiq.actor
def job(number: int, due: float) -> None:
    """Say that it ran."""
    done(number, due)


def send(jobs: Jobs) -> None:
    """Hand all jobs over."""
    for number, due in jobs:
        delay = max(int((due - time.time()) * 1000), 0)
        job.send_with_options(args=(number, due), delay=delay)


def work() -> None:
    """Run one worker process with its usual eight threads."""
    command = [sys.executable, "-m", "dramatiq", "dramatiq_jobs", "--processes", "1"]
    sys.exit(subprocess.run(command, env=os.environ, check=False).returncode)


if __name__ == "__main__":
    main("dramatiq", send, work)
