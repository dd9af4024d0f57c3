"""When the requests of one user are due: at `first + n * period`, whatever happened to those before."""

from __future__ import annotations

import math


class OpenSchedule:
    """A schedule that does not slip.

    A user who waits for a slow answer is late for the next request and makes it at once; the time it was late counts as response
    time. Otherwise a system that freezes would only be asked less. Beyond `most_late_s` arrivals are dropped and counted: a user
    has one request at a time and could never catch up with all of them.
    All times are seconds of one clock.
    """

    def __init__(self, first: float, period: float, end: float, most_late_s: float) -> None:
        """Arrivals are due from `first` on, every `period`, up to and without `end`."""
        self._first = first
        self._period = period
        self._count = max(0, math.ceil((end - first) / period - 1e-9))
        self._end = end
        self._most_late_s = most_late_s
        self._next = 0
        self.dropped = 0

    def next_arrival(self, now: float) -> float | None:
        """When the next request is due (it may be in the past); None when there is none left to make."""
        # After the end nothing is begun any more; what is still due then was not offered.
        earliest = self._count if now >= self._end else math.ceil((now - self._most_late_s - self._first) / self._period)
        skipped = min(self._count, max(self._next, earliest)) - self._next
        self.dropped += skipped
        self._next += skipped
        if self._next >= self._count:
            return None
        arrival = self._first + self._next * self._period
        self._next += 1
        return arrival
