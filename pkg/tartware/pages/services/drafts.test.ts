import { describe, expect, it } from 'vitest';
import { keepMine, standingOf, want, without, withoutFulfilled } from './drafts.ts';
import type { Drafts, LiveRange } from './drafts.ts';

const none: Drafts = new Map();

function live(min: number, max: number, name = 'core', uid = 'uid-1'): LiveRange {
  return { name, uid, range: { min, max } };
}

describe('wanting a range', () => {
  it('remembers the range it was made from, through further moves', () => {
    const first = want(none, live(8, 80), { min: 9, max: 80 });
    const second = want(first, live(8, 80), { min: 20, max: 110 });

    expect(second.get('core')).toEqual({ uid: 'uid-1', base: { min: 8, max: 80 }, wanted: { min: 20, max: 110 } });
    expect(first.get('core')?.wanted).toEqual({ min: 9, max: 80 });
  });

  it('ends the draft when the old range is wanted back', () => {
    const drafts = want(none, live(8, 80), { min: 9, max: 80 });

    expect(want(drafts, live(8, 80), { min: 8, max: 80 }).size).toBe(0);
  });

  it('keeps changes of several services apart', () => {
    const drafts = want(want(none, live(8, 80), { min: 9, max: 80 }), live(5, 45, 'rooms', 'uid-2'), { min: 5, max: 50 });

    expect([...drafts.keys()]).toEqual(['core', 'rooms']);
    expect([...without(drafts, 'core').keys()]).toEqual(['rooms']);
  });
});

describe('a draft against what is live', () => {
  const draft = { uid: 'uid-1', base: { min: 8, max: 80 }, wanted: { min: 20, max: 80 } };

  it('is ready while nobody else changed the range', () => {
    expect(standingOf(draft, live(8, 80))).toBe('ready');
  });

  it('is a conflict when somebody did', () => {
    expect(standingOf(draft, live(8, 90))).toBe('conflict');
  });

  it('is gone when the object is, or was made anew under the same name', () => {
    expect(standingOf(draft, undefined)).toBe('gone');
    expect(standingOf(draft, live(8, 80, 'core', 'uid-9'))).toBe('gone');
  });

  it('stands on the live range after "apply mine on top"', () => {
    const drafts = keepMine(new Map([['core', draft]]), live(8, 90));

    expect(drafts.get('core')).toEqual({ uid: 'uid-1', base: { min: 8, max: 90 }, wanted: { min: 20, max: 80 } });
    expect(standingOf(drafts.get('core')!, live(8, 90))).toBe('ready');
  });

  it('ends when what was wanted is live already', () => {
    const drafts = new Map([['core', draft]]);

    expect(withoutFulfilled(drafts, [live(20, 80)]).size).toBe(0);
    expect(withoutFulfilled(drafts, [live(8, 80)]).size).toBe(1);
    expect(withoutFulfilled(drafts, [live(20, 80, 'core', 'uid-9')]).size).toBe(1);
  });
});
