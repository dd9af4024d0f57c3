import { coalesceChanges, conflictOf, rangeProblems, rebasedChange } from '@tartware/domain';
import type { Autoscaler, ChangeConflict, PodRange, RangeProblem, ScalingChange } from '@tartware/domain';
import { computed, shallowRef, watch } from 'vue';
import type { ComputedRef, Ref, ShallowRef } from 'vue';

/** A change that is wanted and not applied, against what is live. */
export interface Draft {
  change: ScalingChange;
  live: Autoscaler | undefined;
  problems: RangeProblem[];
  /** Undefined while the live object is still as it was when the change was begun. */
  conflict: ChangeConflict | undefined;
}

export interface ScalingDrafts {
  drafts: ComputedRef<Draft[]>;
  /** The changes that went through last, for "undo"; kept like the drafts. */
  applied: ShallowRef<readonly ScalingChange[]>;
  /** The range as it would be after Apply. */
  wantedRange: (autoscaler: Autoscaler) => PodRange;
  want: (autoscaler: Autoscaler, wanted: PodRange) => void;
  /** "Take theirs", or a change that has been applied. */
  drop: (name: string) => void;
  /** "Apply mine on top": what the person changed, on the object as it is now. */
  keepMine: (autoscaler: Autoscaler) => void;
  discard: () => void;
}

type Changes = ReadonlyMap<string, ScalingChange>;

interface Kept {
  changes: ShallowRef<Changes>;
  applied: ShallowRef<readonly ScalingChange[]>;
}

/** Drafts and the way back outlive their page, so that a look at another one does not lose them; until the browser's tab is closed. */
const allKept = new Map<string, Kept>();

/** @param key what is kept under it: another user's, or another cluster's, is not seen */
export function useScalingDrafts(key: string, autoscalers: Readonly<Ref<Autoscaler[]>>): ScalingDrafts {
  const kept = allKept.get(key) ?? { changes: shallowRef<Changes>(new Map()), applied: shallowRef<readonly ScalingChange[]>([]) };
  const { changes, applied } = kept;
  const byName = computed(() => new Map(autoscalers.value.map((autoscaler) => [autoscaler.name, autoscaler])));

  allKept.set(key, kept);

  const put = (change: ScalingChange) => {
    const others = [...changes.value.values()].filter(({ name }) => name !== change.name);

    changes.value = new Map([...others, ...coalesceChanges([change])].map((entry) => [entry.name, entry]));
  };
  const drop = (name: string) => { changes.value = new Map([...changes.value].filter(([other]) => other !== name)); };

  // What has come true is no longer wanted: an answer may have been lost although the change went through.
  watch(autoscalers, () => {
    for (const { change, conflict } of drafts.value) if (conflict?.kind === 'fulfilled') drop(change.name);
  });

  const drafts = computed(() => [...changes.value.values()].map((change) => {
    const live = byName.value.get(change.name);
    const found = conflictOf(change, live);

    // Seen before any attempt, "refused" means that nothing stands against the change.
    return { change, live, problems: rangeProblems(change.wanted), conflict: found.kind === 'refused' ? undefined : found };
  }));

  return {
    drafts,
    applied,
    wantedRange: ({ name, range }) => changes.value.get(name)?.wanted ?? range,
    want({ name, uid, range }, wanted) {
      const begun = changes.value.get(name);

      put({ name, uid: begun?.uid ?? uid, base: begun?.base ?? range, wanted });
    },
    drop,
    keepMine(autoscaler) {
      const begun = changes.value.get(autoscaler.name);

      if (begun) put(rebasedChange(begun, autoscaler));
    },
    discard: () => { changes.value = new Map(); },
  };
}
