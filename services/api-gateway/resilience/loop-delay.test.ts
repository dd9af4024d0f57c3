import { expect, it } from 'vitest';
import { LoopDelay } from './loop-delay.ts';

/** @param lateMs lateness of one look after the other */
function after(lateMs: number[]): LoopDelay {
  const delay = new LoopDelay(200);
  delay.close();
  let now = performance.now();
  delay.look(now);
  for (const late of lateMs) {
    now += 100 + late;
    delay.look(now);
  }
  return delay;
}

it.each<[string, number[], boolean]>([
  ['a loop in time', [0, 1, 0, 2], false],
  ['one pause', [0, 350, 0], false],
  ['lateness that stays', [300, 300, 300], true],
  ['one very long pause', [1_000], true],
  ['calm after it', [1_000, 0, 0, 0], false],
])('%s', (_name, lateMs, overloaded) => {
  expect(after(lateMs).overloaded).toBe(overloaded);
});
