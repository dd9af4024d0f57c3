"""What a run shall do, as the command in run.ts passes it in the environment."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass

# Locust starts this many users a second without falling behind on one core.
SPAWN_RATE = 200
# Users are there this long before their first request is due.
LEAD_S = 1.0
# How long requests that are under way at the end may take to finish.
DRAIN_S = 15.0


@dataclass(frozen=True)
class Plan:
    """One constant rate for a time. Times are seconds, the rate is requests per second of all processes together."""

    rps: float
    duration_s: float
    warmup_s: float
    users: int
    processes: int
    email: str
    password: str
    result_file: str

    @classmethod
    def of_environment(cls, env: Mapping[str, str] = os.environ) -> Plan:
        """Raise KeyError or ValueError where the command did not set what is needed."""
        return cls(
            rps=float(env["LOAD_RPS"]),
            duration_s=float(env["LOAD_DURATION_S"]),
            warmup_s=float(env["LOAD_WARMUP_S"]),
            users=int(env["LOAD_USERS"]),
            processes=int(env["LOAD_PROCESSES"]),
            email=env["LOAD_EMAIL"],
            password=env["LOAD_PASSWORD"],
            result_file=env["LOAD_RESULT_FILE"],
        )

    @property
    def lead_s(self) -> float:
        """From the start of the run to the first arrival."""
        return LEAD_S + math.ceil(self.users / SPAWN_RATE)

    @property
    def load_s(self) -> float:
        """How long there are arrivals: the warm-up is load like any other, it is only not judged."""
        return self.warmup_s + self.duration_s
