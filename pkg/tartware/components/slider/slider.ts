/** Geometry and keys of the two-thumb range slider, apart from the component so that they can be tested as plain functions. */

/** How far PageUp and PageDown move a thumb, in pods. */
export const LARGE_STEP = 10;

/** The lowest value a thumb can have: an autoscaler with minimum 0 is switched off, which is not a matter of sliding. */
export const LOWEST = 1;

export interface ThumbBounds {
  lowest: number;
  highest: number;
}

/**
 * The value after a key, or undefined when the key does not move a thumb.
 * Arrows move by one pod, PageUp and PageDown by ten, Home and End go to the bounds (W3C multi-thumb slider pattern).
 */
export function valueAfterKey(key: string, value: number, { lowest, highest }: ThumbBounds): number | undefined {
  const moves: Record<string, number> = {
    ArrowRight: value + 1,
    ArrowUp: value + 1,
    ArrowLeft: value - 1,
    ArrowDown: value - 1,
    PageUp: value + LARGE_STEP,
    PageDown: value - LARGE_STEP,
    Home: lowest,
    End: highest,
  };
  const next = moves[key];

  return next === undefined ? undefined : clamp(next, lowest, highest);
}

/** The share (0..1) of the track at which a value stands; values outside the track stand at its ends. */
export function shareOfTrack(value: number, trackEnd: number): number {
  return trackEnd <= LOWEST ? 0 : clamp((value - LOWEST) / (trackEnd - LOWEST), 0, 1);
}

/** Where a mark stands, in CSS. A thumb is 16 px wide, and the browser keeps all of it inside the track. */
export function placeOnTrack(value: number, trackEnd: number): string {
  return `calc(8px + ${ shareOfTrack(value, trackEnd).toFixed(4) } * (100% - 16px))`;
}

/**
 * The end of a track that all services share, so that lengths can be compared: a round number
 * with at least a quarter of room above the largest maximum.
 */
export function roundTrackEnd(largestMaximum: number): number {
  const wanted = Math.max(largestMaximum, 4) * 1.25;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const steps = [1, 1.25, 1.6, 2, 2.5, 3, 4, 5, 6, 8, 10];

  return Math.ceil((steps.find((step) => step * power >= wanted) ?? 10) * power);
}

export function clamp(value: number, lowest: number, highest: number): number {
  return Math.min(Math.max(value, lowest), Math.max(lowest, highest));
}
