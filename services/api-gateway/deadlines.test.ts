import { expect, it } from 'vitest';
import { Deadlines } from './deadlines.ts';

function waiting(count: number): { deadlines: Deadlines; passed: number[]; entries: ReturnType<Deadlines['add']>[] } {
  const deadlines = new Deadlines(100);
  deadlines.close();
  const passed: number[] = [];
  const entries = Array.from({ length: count }, (_, startedAt) => deadlines.add({ startedAt, deadlinePassed: () => void passed.push(startedAt) }));
  return { deadlines, passed, entries };
}

it('pass in the order in which requests came, once each', () => {
  const { deadlines, passed } = waiting(5);
  deadlines.look(99);
  expect(passed).toEqual([]);
  deadlines.look(102);
  deadlines.look(102);
  expect(passed).toEqual([0, 1, 2]);
  deadlines.look(1_000);
  expect(passed).toEqual([0, 1, 2, 3, 4]);
});

it.each([[[0]], [[4]], [[2]], [[0, 1]], [[4, 3]], [[1, 3]], [[0, 4, 2, 2]], [[4, 3, 2, 1, 0]]])('do not pass for requests that have ended (%j)', (ended) => {
  const { deadlines, passed, entries } = waiting(5);
  ended.forEach((index) => deadlines.remove(entries[index]!));
  deadlines.add({ startedAt: 5, deadlinePassed: () => void passed.push(5) });
  deadlines.look(1_000);
  expect(passed).toEqual([0, 1, 2, 3, 4, 5].filter((index) => !ended.includes(index)));
});

it('may be removed by the one that passes', () => {
  const deadlines = new Deadlines(100);
  deadlines.close();
  let count = 0;
  const entry = deadlines.add({
    startedAt: 0,
    deadlinePassed() {
      count += 1;
      deadlines.remove(entry);
    },
  });
  deadlines.look(200);
  deadlines.look(300);
  expect(count).toBe(1);
});
