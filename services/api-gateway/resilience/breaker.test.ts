import { describe, expect, it } from 'vitest';
import { Breaker } from './breaker.ts';
import type { BreakerState } from './breaker.ts';

const OPTIONS = { windowMs: 10_000, minimumVolume: 10, failureRatio: 0.5, openMs: 5_000 };

/** `s` success, `f` failure, `u` unknown, a number: that many ms pass. */
type Step = 's' | 'f' | 'u' | number;

function play(steps: Step[]): Breaker & { now?: number } {
  const breaker = new Breaker(OPTIONS);
  let now = 1_000;
  for (const step of steps) {
    if (typeof step === 'number') {
      now += step;
      continue;
    }
    const admission = breaker.admit(now);
    if (admission !== 'refused') {
      breaker.record(admission, { s: 'success', f: 'failure', u: 'unknown' }[step] as 'success', now);
    }
  }
  // A look that changes nothing but what time changes.
  const admission = breaker.admit(now);
  breaker.record(admission, 'unknown', now);
  return breaker;
}

const many = (step: 's' | 'f' | 'u', count: number): Step[] => Array.from({ length: count }, () => step);

describe('a circuit breaker', () => {
  it.each<[string, Step[], BreakerState]>([
    ['is closed at first', [], 'closed'],
    ['concludes nothing from too few', many('f', 9), 'closed'],
    ['opens at the ratio', [...many('s', 5), ...many('f', 5)], 'open'],
    ['stays closed below the ratio', [...many('s', 6), ...many('f', 5)], 'closed'],
    ['does not count what says nothing', [...many('u', 50), ...many('f', 9)], 'closed'],
    ['forgets what is older than its window', [...many('f', 9), 11_000, 'f'], 'closed'],
    ['adds up over slots of its window', [...many('f', 5), 4_000, ...many('f', 5)], 'open'],
    ['forgets the oldest slot and keeps the rest', [...many('f', 5), 6_000, ...many('f', 4), 5_000, 'f'], 'closed'],
    ['forgets after a silence of many windows', [...many('f', 9), 1_000_000, 'f'], 'closed'],
    ['stays open for its time', [...many('f', 10), 4_999], 'open'],
    ['then lets one try', [...many('f', 10), 5_000], 'half-open'],
    ['closes when that one succeeds', [...many('f', 10), 5_000, 's'], 'closed'],
    ['has forgotten all when it closes', [...many('f', 10), 5_000, 's', ...many('f', 9)], 'closed'],
    ['opens again when that one fails', [...many('f', 10), 5_000, 'f'], 'open'],
    ['and for the whole time', [...many('f', 10), 5_000, 'f', 4_999], 'open'],
    ['lets another try when the probe said nothing', [...many('f', 10), 5_000, 'u', 's'], 'closed'],
  ])('%s', (_name, steps, state) => {
    expect(play(steps).state).toBe(state);
  });

  it('refuses all but one while it is tried', () => {
    const breaker = play([...many('f', 10)]);
    expect([breaker.admit(2_000), breaker.retryAfter(2_000)]).toEqual(['refused', 4_000]);
    expect([breaker.admit(6_000), breaker.admit(6_000), breaker.admit(6_001)]).toEqual(['probe', 'refused', 'refused']);
    breaker.record('probe', 'success', 6_100);
    expect(breaker.admit(6_100)).toBe('closed');
  });

  it('is not closed by a request sent before it opened', () => {
    const breaker = new Breaker(OPTIONS);
    const early = breaker.admit(0);
    many('f', 10).forEach(() => breaker.record(breaker.admit(1), 'failure', 1));
    breaker.record(early, 'success', 2);
    expect(breaker.state).toBe('open');
  });
});
