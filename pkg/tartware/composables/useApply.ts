import { inverseChange, parseAutoscaler, rangePatch, TartwareError } from '@tartware/domain';
import type { Autoscaler, ScalingChange } from '@tartware/domain';
import { computed, shallowRef } from 'vue';
import type { ComputedRef, Ref, ShallowRef } from 'vue';
import type { KubernetesClient } from '../clients/kubernetes.ts';
import { RequestFailure, toFailure } from '../clients/failure.ts';
import type { Draft, ScalingDrafts } from './useScalingDrafts.ts';

export interface Apply {
  /** The changes that went through last, for "undo"; gone with the next Apply that changes something. */
  applied: Readonly<ShallowRef<readonly ScalingChange[]>>;
  /** The changes that the last undo made: the way back of those above. */
  undone: Readonly<ShallowRef<readonly ScalingChange[]>>;
  /** Why the newest attempt at exactly this change, or at undoing it, failed. */
  failureOf: (change: ScalingChange) => TartwareError | undefined;
  busy: Readonly<Ref<boolean>>;
  /** What Apply would do now. */
  ready: ComputedRef<Draft[]>;
  /** Object by object: what fails stays a draft. */
  apply: () => Promise<void>;
  undo: () => Promise<void>;
  forget: () => void;
}

interface Scope {
  drafts: ScalingDrafts;
  kubernetes: Pick<KubernetesClient, 'patchAutoscaler' | 'readAutoscaler'>;
  autoscalers: Readonly<Ref<Autoscaler[]>>;
  /** Puts an autoscaler on screen that is newer than the last poll; undefined: it is gone. */
  show: (name: string, autoscaler: Autoscaler | undefined) => void;
}

export function useApply({ drafts, kubernetes, autoscalers, show }: Scope): Apply {
  const { applied } = drafts;
  const undone = shallowRef<readonly ScalingChange[]>([]);
  const failures = shallowRef<ReadonlyMap<ScalingChange, TartwareError>>(new Map());
  const busy = shallowRef(false);
  const ready = computed(() => drafts.drafts.value.filter(({ conflict, problems }) => !conflict && problems.length === 0));

  /**
   * True when the change went through; the answer of the PATCH itself is what the page shows next.
   * @param entry what the page shows the failure at: the change, or the one that it takes back
   */
  async function attempt(change: ScalingChange, entry = change): Promise<boolean> {
    try {
      const live = autoscalers.value.find(({ name }) => name === change.name);
      const changed = await kubernetes.patchAutoscaler(change.name, rangePatch(change, live?.minIsSet));

      show(change.name, parseAutoscaler(changed));

      return true;
    } catch (error) {
      const failure = error instanceof TartwareError ? error : toFailure(error, `PATCH ${ change.name }`);

      failures.value = new Map([...failures.value, [entry, failure]]);
      await lookAgain(change.name, failure);

      return false;
    }
  }

  /** After a refusal the object is read anew: if somebody changed it, the draft shows as a conflict at once. */
  async function lookAgain(name: string, failure: TartwareError): Promise<void> {
    if (failure.code !== 'REJECTED' && failure.code !== 'NOT_FOUND') return;
    try {
      show(name, parseAutoscaler(await kubernetes.readAutoscaler(name)));
    } catch (error) {
      // Anything but "not there" leaves the page as it is; the next poll tells.
      if (error instanceof RequestFailure && error.code === 'NOT_FOUND') show(name, undefined);
    }
  }

  async function exclusively(work: () => Promise<void>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    failures.value = new Map();
    try {
      await work();
    } finally {
      busy.value = false;
    }
  }

  function report(done: ScalingChange[], takenBack: ScalingChange[]): void {
    applied.value = done;
    undone.value = takenBack;
  }

  return {
    applied,
    undone,
    failureOf: (change) => failures.value.get(change),
    busy,
    ready,
    apply: () => exclusively(async () => {
      const outcomes = await Promise.all(ready.value.map(async ({ change }) => ({ change, done: await attempt(change) })));
      const changed = outcomes.flatMap(({ change, done }) => (done ? change : []));

      // The way back of the Apply before stays as long as nothing new has come about.
      if (changed.length > 0) report(changed, []);
      for (const { name } of changed) drafts.drop(name);
    }),
    undo: () => exclusively(async () => {
      const outcomes = await Promise.all(applied.value.map(async (change) => ({ change, done: await attempt(inverseChange(change), change) })));

      report(outcomes.flatMap(({ change, done }) => (done ? [] : change)), outcomes.flatMap(({ change, done }) => (done ? inverseChange(change) : [])));
    }),
    forget: () => report([], []),
  };
}
