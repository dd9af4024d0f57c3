import { expect, test } from 'vitest';
import { decideSeat, type EmptySeat, type Seat } from './decide.ts';

const old = { name: 'core-old', namespace: 'tartware-system', createdAt: 1 };
const young = { name: 'core-young', namespace: 'tartware-system', createdAt: 2 };
const empty: Seat = { ready: [old, young], taken: false, moving: false };

/** The seconds at which a pod is evicted while the seat stays as it is. */
function evictions(seat: Seat, seconds: number): { at: number; name: string }[] {
  const seen: { at: number; name: string }[] = [];
  let memory: EmptySeat | undefined;
  for (let second = 0; second <= seconds; second += 1) {
    const decision = decideSeat(seat, memory, second * 1_000, 10_000);
    memory = decision.memory;
    if (decision.evict) seen.push({ at: second, name: decision.evict.name });
  }
  return seen;
}

test('the youngest pod makes room after ten seconds, and ever more rarely when that does not help', () => {
  expect(evictions(empty, 160)).toEqual([10, 30, 70, 150].map((at) => ({ at, name: 'core-young' })));
});

test.each([
  ['the real pod has its seat', { ...empty, taken: true }],
  ['the Deployment is rolling', { ...empty, moving: true }],
  ['nothing is ready', { ...empty, ready: [] }],
])('nobody has to go when %s', (_, seat) => {
  expect(evictions(seat, 600)).toEqual([]);
});

test('a seat that was taken in between starts afresh', () => {
  expect(decideSeat({ ...empty, taken: true }, { attempts: 4, dueAt: 0 }, 5_000, 10_000)).toEqual({ memory: undefined });
});

test('the wait never exceeds five minutes', () => {
  expect(decideSeat(empty, { attempts: 20, dueAt: 0 }, 1_000, 10_000).memory?.dueAt).toBe(301_000);
});
