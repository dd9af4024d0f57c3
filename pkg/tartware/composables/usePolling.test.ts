import { effectScope } from 'vue';
import type { EffectScope } from 'vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RequestFailure } from '../clients/failure.ts';
import { usePolling } from './usePolling.ts';
import type { Polled } from './usePolling.ts';

let scope: EffectScope;
let hidden = false;

function start<T>(load: (signal: AbortSignal) => Promise<T>, intervalMs = 2000): Polled<T> {
  return scope.run(() => usePolling(load, intervalMs))!;
}

function setHidden(value: boolean): void {
  hidden = value;
  document.dispatchEvent(new Event('visibilitychange'));
}

beforeEach(() => {
  vi.useFakeTimers();
  hidden = false;
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden);
  scope = effectScope();
});

afterEach(() => {
  scope.stop();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('usePolling', () => {
  it('asks at once and again an interval after each answer', async () => {
    const load = vi.fn().mockResolvedValueOnce('first').mockResolvedValue('second');
    const polled = start(load);

    await vi.advanceTimersByTimeAsync(0);
    expect(polled.data.value).toBe('first');
    await vi.advanceTimersByTimeAsync(1999);
    expect(load).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(polled.data.value).toBe('second');
  });

  it('keeps the old data and says why when an attempt fails, and recovers', async () => {
    const down = new RequestFailure('UNAVAILABLE', 'no endpoints available', { status: 503, request: 'GET /x' });
    const load = vi.fn().mockResolvedValueOnce('good').mockRejectedValueOnce(down).mockResolvedValueOnce('better');
    const polled = start(load);

    await vi.advanceTimersByTimeAsync(0);
    const since = polled.updatedAt.value;

    await vi.advanceTimersByTimeAsync(2000);
    expect(polled.data.value).toBe('good');
    expect(polled.failure.value).toBe(down);
    expect(polled.updatedAt.value).toBe(since);
    await vi.advanceTimersByTimeAsync(2000);
    expect(polled.data.value).toBe('better');
    expect(polled.failure.value).toBeUndefined();
  });

  it('rests while the tab is hidden and asks at once when it comes back', async () => {
    const load = vi.fn().mockResolvedValue('x');

    start(load);
    await vi.advanceTimersByTimeAsync(0);
    setHidden(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(load).toHaveBeenCalledTimes(1);
    setHidden(false);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('drops an answer that was under way when newer data was put in', async () => {
    let answer: (value: string) => void = () => undefined;
    const load = vi.fn().mockResolvedValueOnce('old').mockImplementationOnce(() => new Promise<string>((resolve) => { answer = resolve; }));
    const polled = start<string>(load);

    await vi.advanceTimersByTimeAsync(2000);
    expect(load).toHaveBeenCalledTimes(2);
    polled.replace('patched');
    answer('stale');
    await vi.advanceTimersByTimeAsync(0);
    expect(polled.data.value).toBe('patched');
  });

  it('calls off what is under way when the page is left', async () => {
    let given: AbortSignal | undefined;
    const load = vi.fn((signal: AbortSignal) => {
      given = signal;

      return new Promise<string>(() => undefined);
    });

    start(load);
    scope.stop();
    expect(given?.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(load).toHaveBeenCalledTimes(1);
  });
});
