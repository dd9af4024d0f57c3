"""Run with: python -m unittest discover -s loadtest/locust."""

from __future__ import annotations

import json
import random
import unittest

from recording import Recorder, bucket_response_time, merged


class Buckets(unittest.TestCase):
    """How times are rounded before they are counted."""

    def test_are_within_one_percent(self) -> None:
        """From 0.1 ms to a minute."""
        dice = random.Random(2)
        for _ in range(5000):
            time_ms = 0.1 * 600_000 ** dice.random()
            self.assertLessEqual(abs(bucket_response_time(time_ms) / time_ms - 1), 0.0101)

    def test_are_few_and_settled(self) -> None:
        """A bucket's middle is in that bucket, and a minute of them is some hundreds."""
        middles = {bucket_response_time(0.1 * 1.001**n) for n in range(13_300)}
        self.assertLess(len(middles), 700)
        self.assertEqual({bucket_response_time(middle) for middle in middles}, middles)

    def test_take_zero(self) -> None:
        """A clock that stood still is no error."""
        self.assertGreater(bucket_response_time(0.0), 0.0)


class Recording(unittest.TestCase):
    """What several processes have seen."""

    def test_adds_counts_and_keeps_the_worst(self) -> None:
        """As plain data that survives JSON."""
        one, two = Recorder(), Recorder()
        one.began(0.0)
        one.began(0.2)
        one.answered("a", 100.0)
        two.began(0.01)
        two.answered("a", 100.0)
        two.answered("b", 5.0)
        two.dropped += 3
        total = merged([one.snapshot(), two.snapshot()])
        self.assertEqual([total["started"], total["late"], total["dropped"], total["worst_late_ms"]], [3, 1, 3, 200.0])
        self.assertEqual(total["service_ms"]["a"], {bucket_response_time(100.0): 2})
        self.assertEqual(sum(total["service_ms"]["b"].values()), 1)
        json.dumps(total)

    def test_of_nobody_is_nothing(self) -> None:
        """A master whose workers never reported."""
        self.assertEqual(merged([]), {"started": 0, "late": 0, "dropped": 0, "worst_late_ms": 0.0, "cpu": 0.0, "service_ms": {}})


if __name__ == "__main__":
    unittest.main()
