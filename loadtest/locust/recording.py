"""What Locust's own statistics lack: service times, and how well the generator kept its schedule."""

from __future__ import annotations

import math
import time
from collections import Counter
from typing import Any

# Neighbouring buckets are 2 % apart, so a time is off by 1 % at most; Locust's own buckets are up to 10 % off below 100 ms.
GROWTH = 1.02
SHORTEST_MS = 0.1
# Later than this is late: below, it is the scheduler of a busy machine.
LATE_S = 0.05


def bucket_response_time(response_time: float) -> float:
    """Take the middle of the bucket that a time falls into, in milliseconds. Master and workers must agree on it."""
    step = round(math.log(max(response_time, SHORTEST_MS)) / math.log(GROWTH))
    return round(GROWTH**step, 4)


class Recorder:
    """What one process has seen since it began; `snapshot` is plain data, `merged` adds the snapshots of several."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._service: dict[str, Counter[float]] = {}
        self._started = 0
        self._late = 0
        self._worst_late_s = 0.0
        self._first_clocks: tuple[float, float] | None = None
        self._last_clocks = (0.0, 0.0)
        self.dropped = 0

    def began(self, late_s: float) -> None:
        """Note a request that was begun this long after it was due."""
        self._started += 1
        self._late += late_s > LATE_S
        self._worst_late_s = max(self._worst_late_s, late_s)
        self._last_clocks = (time.process_time(), time.perf_counter())
        self._first_clocks = self._first_clocks or self._last_clocks

    def answered(self, name: str, service_ms: float) -> None:
        """Note how long the answer took from the moment the request was sent."""
        self._service.setdefault(name, Counter())[bucket_response_time(service_ms)] += 1

    def snapshot(self) -> dict[str, Any]:
        """Everything so far; sending it twice does no harm, the later one replaces the earlier."""
        cpu_s, wall_s = (last - first for first, last in zip(self._first_clocks or self._last_clocks, self._last_clocks, strict=True))
        return {
            "started": self._started,
            "late": self._late,
            "worst_late_ms": self._worst_late_s * 1000,
            "dropped": self.dropped,
            "cpu": cpu_s / wall_s if wall_s > 0 else 0.0,
            "service_ms": {name: dict(buckets) for name, buckets in self._service.items()},
        }


def merged(snapshots: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts are added, never percentiles; of the processors the busiest counts, because it is the one that falls behind."""
    service: dict[str, Counter[float]] = {}
    for snapshot in snapshots:
        for name, buckets in snapshot["service_ms"].items():
            service.setdefault(name, Counter()).update(buckets)
    return {
        **{key: sum(snapshot[key] for snapshot in snapshots) for key in ("started", "late", "dropped")},
        **{key: max((snapshot[key] for snapshot in snapshots), default=0.0) for key in ("worst_late_ms", "cpu")},
        "service_ms": {name: dict(buckets) for name, buckets in service.items()},
    }
