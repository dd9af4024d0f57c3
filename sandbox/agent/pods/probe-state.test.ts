import { expect, test } from 'vitest';
import { afterProbe, initialProbeState, probeTimes } from './probe-state.ts';

function run(initially: boolean, tries: string, probe: object): { verdicts: string; failed: boolean } {
  let state = initialProbeState(initially);
  let failed = false;
  let verdicts = '';
  for (const attempt of tries) {
    const next = afterProbe(state, attempt === '+', probe);
    verdicts += next.passing ? '+' : '-';
    failed ||= next.failedEnough;
    state = next;
  }
  return { verdicts, failed };
}

test.each([
  { what: 'turns ready at the first success', initially: false, tries: '+', probe: {}, verdicts: '+', failed: false },
  { what: 'stays ready until the third failure', initially: true, tries: '+--+---', probe: {}, verdicts: '++++++-', failed: true },
  { what: 'needs as many successes as it says', initially: false, tries: '++-++', probe: { successThreshold: 2 }, verdicts: '-++++', failed: false },
  { what: 'fails at once with a threshold of one', initially: true, tries: '-', probe: { failureThreshold: 1 }, verdicts: '-', failed: true },
  { what: 'fails a startup that never passed', initially: false, tries: '---', probe: {}, verdicts: '---', failed: true },
])('a probe $what', ({ initially, tries, probe, verdicts, failed }) => {
  expect(run(initially, tries, probe)).toEqual({ verdicts, failed });
});

test('times default to those of Kubernetes', () => {
  expect(probeTimes({})).toEqual({ initialDelayMs: 0, periodMs: 10_000, timeoutMs: 1_000, successThreshold: 1, failureThreshold: 3 });
});
