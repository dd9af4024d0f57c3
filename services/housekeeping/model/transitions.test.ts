import { describe, expect, it } from 'vitest';
import { MAINTENANCE_STATES, MAINTENANCE_TRANSITIONS } from './maintenance.ts';
import { requireNights } from './out-of-order.ts';
import { CONDITIONS, CONDITION_CHANGES } from './room.ts';
import { KINDS, STATES, TASK_TRANSITIONS, conditionAfter, conditionAfterInspection } from './task.ts';
import { requireTransition } from './transitions.ts';
import type { Transitions } from './transitions.ts';

/** Every pair of states, and whether the one may become the other. */
function pairs<State extends string>(states: readonly State[], table: Transitions<State>): string[] {
  return states.flatMap((from) => states.filter((to) => {
    try {
      requireTransition(table, 'It', from, to);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ status: 409, code: 'transition_illegal', message: `It is ${from} and cannot become ${to}.` });
      return false;
    }
  }).map((to) => `${from} → ${to}`));
}

describe('of all pairs of states', () => {
  it('a task knows these', () => {
    expect(pairs(STATES, TASK_TRANSITIONS)).toEqual([
      'open → assigned', 'open → cancelled', 'assigned → assigned', 'assigned → in_progress', 'assigned → cancelled',
      'in_progress → done', 'in_progress → cancelled', 'done → open', 'done → inspected',
    ]);
  });

  it('a maintenance request knows these', () => {
    expect(pairs(MAINTENANCE_STATES, MAINTENANCE_TRANSITIONS)).toEqual([
      'open → open', 'open → in_progress', 'open → resolved', 'open → cancelled',
      'in_progress → open', 'in_progress → in_progress', 'in_progress → resolved', 'in_progress → cancelled',
      'resolved → open', 'resolved → resolved', 'cancelled → cancelled',
    ]);
  });

  it('a room knows all but being inspected while dirty', () => {
    expect(pairs(CONDITIONS, CONDITION_CHANGES)).toHaveLength(8);
    expect(pairs(CONDITIONS, CONDITION_CHANGES)).not.toContain('dirty → inspected');
  });
});

describe('a room after work in it', () => {
  it.each([
    ['checkout_clean', 'clean', 'inspected'], ['stayover', 'clean', 'inspected'], ['deep_clean', 'clean', 'inspected'], ['inspection', 'inspected', 'inspected'], ['custom', undefined, undefined],
  ] as const)('of kind %s is %s where inspections are required, else %s', (kind, required, free) => {
    expect([conditionAfter(kind, true), conditionAfter(kind, false)]).toEqual([required, free]);
  });

  it('is inspected or dirty again after an inspection, unless the work was of another sort', () => {
    expect(KINDS.map((kind) => [conditionAfterInspection(kind, true), conditionAfterInspection(kind, false)])).toEqual(
      KINDS.map((kind) => (kind === 'custom' ? [undefined, undefined] : ['inspected', 'dirty'])),
    );
  });
});

describe('nights out of order', () => {
  it.each([
    ['a night', '2027-05-01', '2027-05-02', true], ['nights that have begun', '2027-04-01', '2027-05-02', true], ['as many as may be', '2027-05-01', '2030-05-05', true],
    ['no night', '2027-05-01', '2027-05-01', false], ['a negative range', '2027-05-02', '2027-05-01', false], ['one night too many', '2027-05-01', '2030-05-06', false],
    ['nights that are over', '2027-04-01', '2027-05-01', false],
  ])('%s from %s to %s: %s', (_name, from, to, fine) => {
    const check = () => requireNights({ from, to }, '2027-05-01');
    if (fine) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: 'range_invalid' }));
  });
});
