import { computed, shallowRef, watch } from 'vue';
import type { ComputedRef, Ref, ShallowRef } from 'vue';
import { RequestFailure, toFailure } from '../clients/failure.ts';
import { keepMine, standingOf, want, without, withoutFulfilled } from '../pages/services/drafts.ts';
import type { Draft, Drafts, LiveRange, PodRange, Standing } from '../pages/services/drafts.ts';

export interface Change {
  name: string;
  draft: Draft;
  live: LiveRange | undefined;
  standing: Standing;
  /** Why the newest attempt to apply it failed. */
  failure: RequestFailure | undefined;
}

/** What was applied last, so that it can be taken back. */
export interface Applied {
  name: string;
  uid: string;
  before: PodRange;
  after: PodRange;
}

/** Changes one autoscaler's range, guarded by its uid and the range it is changed from; resolves to the changed state. */
export type ApplyRange = (target: { name: string; uid: string }, from: PodRange, to: PodRange) => Promise<void>;

export interface ScalingChanges {
  changes: ComputedRef<Change[]>;
  applied: Readonly<ShallowRef<Applied[]>>;
  /** Why the newest undo failed, by service. */
  undoFailures: Readonly<ShallowRef<ReadonlyMap<string, RequestFailure>>>;
  busy: Readonly<Ref<boolean>>;
  wantedRange: (live: LiveRange) => PodRange;
  want: (live: LiveRange, wanted: PodRange) => void;
  takeTheirs: (name: string) => void;
  keepMine: (live: LiveRange) => void;
  discard: () => void;
  /** Applies what is ready, object by object; what fails stays a draft and says why. */
  apply: () => Promise<void>;
  undo: () => Promise<void>;
  forgetApplied: () => void;
}

/** Drafts outlive their page, so that a look at another page does not lose them; by cluster. */
const kept = new Map<string, ShallowRef<Drafts>>();

export function useScalingChanges(clusterId: string, live: Ref<LiveRange[]>, applyRange: ApplyRange): ScalingChanges {
  const drafts = kept.get(clusterId) ?? shallowRef<Drafts>(new Map());
  const failures = shallowRef<ReadonlyMap<string, RequestFailure>>(new Map());
  const undoFailures = shallowRef<ReadonlyMap<string, RequestFailure>>(new Map());
  const applied = shallowRef<Applied[]>([]);
  const busy = shallowRef(false);

  kept.set(clusterId, drafts);

  const liveByName = computed(() => new Map(live.value.map((service) => [service.name, service])));
  const changes = computed(() => [...drafts.value].map(([name, draft]) => {
    const current = liveByName.value.get(name);

    return { name, draft, live: current, standing: standingOf(draft, current), failure: failures.value.get(name) };
  }));

  // An answer may have been lost although the change went through.
  watch(live, (services) => { drafts.value = withoutFulfilled(drafts.value, services); });

  function drop(name: string): void {
    drafts.value = without(drafts.value, name);
    failures.value = withoutKey(failures.value, name);
  }

  async function applyOne({ name, draft }: Change): Promise<void> {
    try {
      await applyRange({ name, uid: draft.uid }, draft.base, draft.wanted);
      applied.value = [...applied.value, { name, uid: draft.uid, before: draft.base, after: draft.wanted }];
      drop(name);
    } catch (error) {
      failures.value = new Map([...failures.value, [name, toFailure(error, `PATCH ${ name }`)]]);
    }
  }

  async function whileBusy(work: () => Promise<void>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    try {
      await work();
    } finally {
      busy.value = false;
    }
  }

  const apply = () => whileBusy(async () => {
    applied.value = [];
    failures.value = new Map();
    undoFailures.value = new Map();
    await Promise.all(changes.value.filter(({ standing }) => standing === 'ready').map(applyOne));
  });

  const undo = () => whileBusy(async () => {
    const notUndone: [Applied, RequestFailure][] = [];

    await Promise.all(applied.value.map(async (entry) => {
      try {
        await applyRange(entry, entry.after, entry.before);
      } catch (error) {
        notUndone.push([entry, toFailure(error, `PATCH ${ entry.name }`)]);
      }
    }));
    applied.value = notUndone.map(([entry]) => entry);
    undoFailures.value = new Map(notUndone.map(([{ name }, failure]) => [name, failure]));
  });

  return {
    changes,
    applied,
    undoFailures,
    busy,
    wantedRange: ({ name, range }) => drafts.value.get(name)?.wanted ?? range,
    want(service, wanted) {
      drafts.value = want(drafts.value, service, wanted);
      failures.value = withoutKey(failures.value, service.name);
    },
    takeTheirs: drop,
    keepMine(service) {
      drafts.value = keepMine(drafts.value, service);
      failures.value = withoutKey(failures.value, service.name);
    },
    discard() {
      drafts.value = new Map();
      failures.value = new Map();
    },
    apply,
    undo,
    forgetApplied() { applied.value = []; undoFailures.value = new Map(); },
  };
}

function withoutKey<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  return new Map([...map].filter(([other]) => other !== key));
}
