import { expect, test } from 'vitest';
import { afterRestart, restartWait, type Backoff } from './backoff.ts';

/** The waits of a container that ends `lifeMs` after each start. */
function waits(lifeMs: number, count: number): number[] {
  const seen: number[] = [];
  let backoff: Backoff | undefined;
  let now = 0;
  for (let crash = 0; crash < count; crash += 1) {
    const endedAt = now + lifeMs;
    const wait = restartWait(backoff, endedAt, endedAt);
    seen.push(wait / 1_000);
    now = endedAt + wait;
    backoff = afterRestart(backoff, endedAt, now);
  }
  return seen;
}

test('a container that keeps crashing waits 0, 10, 20, … up to 300 seconds', () => {
  expect(waits(100, 9)).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300]);
});

test('a container that ran for more than ten minutes starts again at once', () => {
  expect(waits(601_000, 4)).toEqual([0, 0, 0, 0]);
});

test('time already spent counts as waiting', () => {
  expect(restartWait({ delayMs: 20_000, restartedAt: 0 }, 5_000, 12_000)).toBe(13_000);
});
