"""Run with: python -m unittest discover -s loadtest/locust."""

from __future__ import annotations

import random
import unittest

from open_schedule import OpenSchedule


def arrivals(schedule: OpenSchedule, service_s: list[float], start: float = 0.0) -> tuple[list[float], list[float]]:
    """Play a user whose requests take these times, one after the other; when they were due and when they were begun."""
    now, due, begun = start, [], []
    times = iter(service_s)
    while (arrival := schedule.next_arrival(now)) is not None:
        now = max(now, arrival)
        due.append(arrival)
        begun.append(now)
        now += next(times, 0.0)
    return due, begun


class AScheduleThatDoesNotSlip(unittest.TestCase):
    """How a user keeps its rate."""

    def test_is_due_at_even_times_while_answers_are_quick(self) -> None:
        """No drift, and the last one before the end."""
        due, begun = arrivals(OpenSchedule(10.0, 0.5, 12.0, 5.0), [0.1] * 4)
        self.assertEqual(due, [10.0, 10.5, 11.0, 11.5])
        self.assertEqual(begun, due)

    def test_catches_up_after_a_freeze(self) -> None:
        """Every arrival that was missed is made, late, and none is lost."""
        schedule = OpenSchedule(0.0, 1.0, 10.0, 5.0)
        due, begun = arrivals(schedule, [0.1, 3.5])
        self.assertEqual(due, [float(n) for n in range(10)])
        self.assertEqual(begun[:6], [0.0, 1.0, 4.5, 4.5, 4.5, 5.0])
        self.assertEqual(schedule.dropped, 0)

    def test_drops_and_counts_what_is_too_late(self) -> None:
        """A freeze of 20 s with 5 s of patience."""
        schedule = OpenSchedule(0.0, 1.0, 30.0, 5.0)
        due, _begun = arrivals(schedule, [20.0])
        self.assertEqual(due, [0.0] + [float(n) for n in range(15, 30)])
        self.assertEqual(schedule.dropped, 14)

    def test_begins_nothing_after_the_end(self) -> None:
        """What was still due then counts as dropped."""
        schedule = OpenSchedule(0.0, 1.0, 5.0, 60.0)
        self.assertEqual(arrivals(schedule, [9.0])[0], [0.0])
        self.assertEqual(schedule.dropped, 4)

    def test_has_no_arrivals_when_its_place_is_after_the_end(self) -> None:
        """More users than requests."""
        schedule = OpenSchedule(5.0, 1.0, 5.0, 1.0)
        self.assertIsNone(schedule.next_arrival(0.0))
        self.assertEqual(schedule.dropped, 0)

    def test_loses_no_arrival_without_counting_it(self) -> None:
        """Whatever the answers take: made and dropped are all there are, in order, none before it is due."""
        dice = random.Random(1)
        for _ in range(300):
            period = dice.choice([0.1, 0.25, 1.0])
            count = dice.randint(0, 80)
            schedule = OpenSchedule(0.0, period, count * period, dice.choice([0.0, 1.0, 5.0]))
            due, begun = arrivals(schedule, [dice.expovariate(1 / dice.choice([0.01, 0.5, 3.0])) for _ in range(count)])
            self.assertEqual(len(due) + schedule.dropped, count)
            self.assertEqual(due, sorted(set(due)))
            self.assertTrue(all(late >= at for at, late in zip(due, begun, strict=True)))


if __name__ == "__main__":
    unittest.main()
