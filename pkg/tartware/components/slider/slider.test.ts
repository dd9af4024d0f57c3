import { describe, expect, it } from 'vitest';
import { roundTrackEnd, shareOfTrack, valueAfterKey } from './slider.ts';

const bounds = { lowest: 1, highest: 80 };

describe('a key on a thumb', () => {
  it.each([
    ['ArrowRight', 8, 9],
    ['ArrowUp', 8, 9],
    ['ArrowLeft', 8, 7],
    ['ArrowDown', 8, 7],
    ['PageUp', 8, 18],
    ['PageDown', 18, 8],
    ['Home', 8, 1],
    ['End', 8, 80],
  ])('%s moves %i to %i', (key, value, expected) => {
    expect(valueAfterKey(key, value, bounds)).toBe(expected);
  });

  it.each([
    ['ArrowLeft', 1, 1],
    ['PageDown', 5, 1],
    ['PageUp', 75, 80],
    ['ArrowRight', 80, 80],
  ])('%s at %i stops at the bound %i', (key, value, expected) => {
    expect(valueAfterKey(key, value, bounds)).toBe(expected);
  });

  it('leaves other keys to the browser', () => {
    expect(valueAfterKey('Tab', 8, bounds)).toBeUndefined();
    expect(valueAfterKey('a', 8, bounds)).toBeUndefined();
  });
});

describe('the track', () => {
  it('puts values at their share and outliers at its ends', () => {
    expect(shareOfTrack(1, 101)).toBe(0);
    expect(shareOfTrack(51, 101)).toBe(0.5);
    expect(shareOfTrack(500, 101)).toBe(1);
    expect(shareOfTrack(0, 101)).toBe(0);
  });

  it.each([[150, 200], [80, 100], [4, 5], [1, 5], [12, 16], [510, 800]])('for a largest maximum of %i ends at %i', (largest, end) => {
    expect(roundTrackEnd(largest)).toBe(end);
  });
});
