import { describe, expect, it } from 'vitest';
import { STATUSES } from './reservation.ts';
import { ACTIONS, isLegal, statusAfter } from './transitions.ts';

/** The whole table once more, as the contract words it: confirmed → in_house → checked_out, confirmed → cancelled | no_show. */
const LEGAL = [
  'confirmed change confirmed', 'in_house change in_house', 'confirmed assign_room confirmed', 'confirmed unassign_room confirmed',
  'confirmed cancel cancelled', 'confirmed check_in in_house', 'in_house check_out checked_out', 'confirmed mark_no_show no_show',
];

describe('every pair of status and action', () => {
  it.each(STATUSES.flatMap((status) => ACTIONS.map((action) => [status, action] as const)))('%s, %s', (status, action) => {
    const legal = LEGAL.find((entry) => entry.startsWith(`${status} ${action} `));
    expect(isLegal(action, status)).toBe(legal !== undefined);
    if (legal === undefined) {
      expect(() => statusAfter(action, status)).toThrow(expect.objectContaining({ status: 409, code: 'transition_illegal', message: expect.stringContaining(status) as string }));
    } else {
      expect(statusAfter(action, status)).toBe(legal.split(' ')[2]);
    }
  });
});
