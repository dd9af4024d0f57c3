"""The load on the platform: property pages through the gateway, at a rate that does not depend on how fast they come back."""

from __future__ import annotations

import itertools
import json
import logging
import random
import time
from pathlib import Path
from typing import Any

import gevent
import locust.stats
from locust import FastHttpUser, LoadTestShape, events, task
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import MasterRunner, WorkerRunner

from open_schedule import OpenSchedule
from plan import DRAIN_S, SPAWN_RATE, Plan
from recording import Recorder, bucket_response_time, merged
from session import Session

# Requests of the warm-up go under this name, and the verdict leaves it out.
WARM_UP = "warm-up"
# A user who is later than this drops arrivals: a request is given up after about as long.
MOST_LATE_S = 10.0
REQUEST_TIMEOUT_S = 10.0
# Three of four requests ask for the list, as a front desk does between looking at single properties.
LIST_SHARE = 0.75

locust.stats.bucket_response_time = bucket_response_time

plan = Plan.of_environment()
recorder = Recorder()
worker_snapshots: dict[str, dict[str, Any]] = {}
user_numbers = itertools.count()


class Run:
    """What begins with the run and is shared by the users of this process."""

    session: Session
    begin = 0.0
    worker = 0


class OpenUser(FastHttpUser):
    """A user with a schedule of their own; all schedules together give evenly spaced arrivals at the planned rate."""

    network_timeout = REQUEST_TIMEOUT_S
    connection_timeout = REQUEST_TIMEOUT_S

    def on_start(self) -> None:
        """Take the next place in the order of arrivals."""
        place = next(user_numbers) * plan.processes + Run.worker
        first = Run.begin + place / plan.rps
        self._schedule = OpenSchedule(first, plan.users / plan.rps, Run.begin + plan.load_s, MOST_LATE_S)
        self._dropped = 0

    @task
    def arrive(self) -> None:
        """Wait for the next arrival that is due, and make its request."""
        due = self._schedule.next_arrival(time.perf_counter())
        recorder.dropped += self._schedule.dropped - self._dropped
        self._dropped = self._schedule.dropped
        if due is None:
            raise StopUser
        gevent.sleep(max(0.0, due - time.perf_counter()))
        if random.random() < LIST_SHARE or not Run.session.property_ids:
            self._get("/v1/properties", "GET /v1/properties", due)
        else:
            self._get(f"/v1/properties/{random.choice(Run.session.property_ids)}", "GET /v1/properties/{id}", due)

    def _get(self, path: str, name: str, due: float) -> None:
        is_measured = due >= Run.begin + plan.warmup_s
        if is_measured:
            recorder.began(time.perf_counter() - due)
        with self.client.get(path, name=name if is_measured else WARM_UP, headers=Run.session.headers, catch_response=True) as response:
            if is_measured:
                recorder.answered(name, response.request_meta["response_time"])
            # What a person waited for begins when the request was due, not when a late generator sent it.
            response.request_meta["response_time"] = (time.perf_counter() - due) * 1000


class ConstantLoad(LoadTestShape):
    """All users at once, and an end of its own: also a run that nobody watches stops."""

    def tick(self) -> tuple[int, float] | None:
        """Every second; None ends the run."""
        elapsed = self.get_run_time()
        finished = elapsed > plan.lead_s + plan.load_s and self.get_current_user_count() == 0
        return None if finished or elapsed > plan.lead_s + plan.load_s + DRAIN_S else (plan.users, SPAWN_RATE)


@events.test_start.add_listener
def sign_in_and_set_the_clock(environment: Environment, **_kwargs: object) -> None:
    """Runs in every process before its users; the master has none."""
    if isinstance(environment.runner, MasterRunner):
        return
    Run.worker = environment.runner.worker_index if isinstance(environment.runner, WorkerRunner) else 0
    Run.session = Session(environment.host or "", plan.email, plan.password)
    try:
        Run.session.sign_in()
    except (OSError, KeyError) as error:
        logging.error("cannot sign in at %s: %s", environment.host, error)
        environment.runner.quit()
        return
    Run.begin = time.perf_counter() + plan.lead_s


@events.report_to_master.add_listener
def report(data: dict[str, Any], **_kwargs: object) -> None:
    """Send along what this worker has seen so far."""
    data["recorded"] = recorder.snapshot()


@events.worker_report.add_listener
def take_report(client_id: str, data: dict[str, Any], **_kwargs: object) -> None:
    """Keep the newest of each worker."""
    worker_snapshots[client_id] = data["recorded"]


@events.quitting.add_listener
def write_result(environment: Environment, **_kwargs: object) -> None:
    """Leave the result as the run ends, also when it ends early."""
    if isinstance(environment.runner, WorkerRunner):
        return
    recorded = merged(list(worker_snapshots.values()) if isinstance(environment.runner, MasterRunner) else [recorder.snapshot()])
    service_ms = recorded.pop("service_ms")
    entries = [entry for entry in environment.stats.entries.values() if entry.name != WARM_UP]
    result = {
        **recorded,
        "engine": f"locust {locust.__version__}",
        "endpoints": [
            {
                "name": entry.name,
                "requests": entry.num_requests,
                "failures": entry.num_failures,
                "slowest_ms": entry.max_response_time,
                "response_ms": entry.response_times,
                "service_ms": service_ms.get(entry.name, {}),
            }
            for entry in entries
        ],
        "errors": [
            {"name": error.name, "error": str(error.error), "occurrences": error.occurrences}
            for error in environment.stats.errors.values()
            if error.name != WARM_UP
        ],
    }
    Path(plan.result_file).write_text(json.dumps(result))
