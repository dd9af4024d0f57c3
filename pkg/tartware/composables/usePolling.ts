import { onScopeDispose, readonly, ref, shallowRef } from 'vue';
import type { Ref, ShallowRef } from 'vue';
import { TartwareError } from '@tartware/domain';
import { isCancelled, toFailure } from '../clients/failure.ts';

export interface Polled<T> {
  /** The newest answer; kept while later ones fail, so that a page never goes blank. */
  data: Readonly<ShallowRef<T | undefined>>;
  /** Why the newest attempt failed; undefined as soon as one succeeds. */
  failure: Readonly<ShallowRef<TartwareError | undefined>>;
  /** When `data` was true (milliseconds since the epoch). */
  updatedAt: Readonly<Ref<number | undefined>>;
  /** Asks now instead of at the next tick. */
  refresh: () => Promise<void>;
  /** Puts in newer data got by other means; an answer still under way is dropped, as it may be older. */
  replace: (data: T) => void;
}

/** A right that is missing rarely comes within seconds. */
const FORBIDDEN_INTERVAL_MS = 30_000;

/**
 * Asks again and again: at once, then `intervalMs` after each answer; not while the tab is hidden.
 * Everything stops, and the request under way is called off, when the component goes.
 */
export function usePolling<T>(load: (signal: AbortSignal) => Promise<T>, intervalMs: number): Polled<T> {
  const data = shallowRef<T>();
  const failure = shallowRef<TartwareError>();
  const updatedAt = ref<number>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let underWay: AbortController | undefined;
  let ended = false;

  function callOff(): void {
    clearTimeout(timer);
    underWay?.abort();
    underWay = undefined;
  }

  function scheduleNext(): void {
    clearTimeout(timer);
    const wait = failure.value?.code === 'FORBIDDEN' ? Math.max(intervalMs, FORBIDDEN_INTERVAL_MS) : intervalMs;

    if (!ended && !document.hidden) timer = setTimeout(() => void refresh(), wait);
  }

  function accept(answer: T): void {
    data.value = answer;
    failure.value = undefined;
    updatedAt.value = Date.now();
  }

  async function refresh(): Promise<void> {
    callOff();
    const controller = new AbortController();

    underWay = controller;
    try {
      const answer = await load(controller.signal);

      if (!controller.signal.aborted) accept(answer);
    } catch (error) {
      if (!controller.signal.aborted && !isCancelled(error)) failure.value = error instanceof TartwareError ? error : toFailure(error, 'load');
    }
    if (underWay === controller) {
      underWay = undefined;
      scheduleNext();
    }
  }

  function replace(newer: T): void {
    callOff();
    accept(newer);
    scheduleNext();
  }

  function onVisibilityChange(): void {
    if (document.hidden) callOff();
    else void refresh();
  }

  document.addEventListener('visibilitychange', onVisibilityChange);
  onScopeDispose(() => {
    ended = true;
    callOff();
    document.removeEventListener('visibilitychange', onVisibilityChange);
  });
  void refresh();

  return { data, failure, updatedAt: readonly(updatedAt), refresh, replace };
}
