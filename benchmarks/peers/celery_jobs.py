"""Celery doing it: jobs with an ETA over Redis. Settings are its own unless named here."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

from celery import Celery
from jobs import REDIS, Jobs, done, main

app = Celery("celery_jobs", broker=REDIS)
app.conf.update(task_ignore_result=True, task_acks_late=True)


@app.task(name="job")
def job(number: int, due: float) -> None:
    """Say that it ran."""
    done(number, due)


def send(jobs: Jobs) -> None:
    """Hand all jobs over."""
    for number, due in jobs:
        job.apply_async((number, due), eta=datetime.fromtimestamp(due, UTC))


def work() -> None:
    """Run one worker with one process for jobs."""
    command = [sys.executable, "-m", "celery", "-A", "celery_jobs", "worker"]
    command += ["--concurrency", "1", "--loglevel", "ERROR", "--without-gossip", "--without-mingle"]
    sys.exit(subprocess.run(command, env=os.environ, check=False).returncode)


if __name__ == "__main__":
    main("celery", send, work)
