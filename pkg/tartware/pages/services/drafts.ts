/**
 * Changes of ranges that are wanted and not applied. Pure: every function returns a new map.
 * A draft remembers the range it was made from (its base); whoever changes the live range meanwhile makes it a conflict.
 */
export interface PodRange {
  min: number;
  max: number;
}

/** What a draft needs to know of a live autoscaler. */
export interface LiveRange {
  name: string;
  uid: string;
  range: PodRange;
}

export interface Draft {
  uid: string;
  base: PodRange;
  wanted: PodRange;
}

export type Drafts = ReadonlyMap<string, Draft>;

/** `conflict`: the live range is no longer the base. `gone`: the object was deleted, or deleted and made anew. */
export type Standing = 'ready' | 'conflict' | 'gone';

export function sameRange(a: PodRange, b: PodRange): boolean {
  return a.min === b.min && a.max === b.max;
}

/** Wants a range for a service; wanting what the draft was made from takes the draft away. */
export function want(drafts: Drafts, live: LiveRange, wanted: PodRange): Drafts {
  const base = drafts.get(live.name)?.base ?? live.range;

  return sameRange(base, wanted) ? without(drafts, live.name) : withDraft(drafts, live.name, { uid: drafts.get(live.name)?.uid ?? live.uid, base, wanted });
}

export function standingOf(draft: Draft, live: LiveRange | undefined): Standing {
  if (!live || live.uid !== draft.uid) return 'gone';

  return sameRange(live.range, draft.base) ? 'ready' : 'conflict';
}

/** "Apply mine on top": keeps what was wanted, now against the live range. */
export function keepMine(drafts: Drafts, live: LiveRange): Drafts {
  const draft = drafts.get(live.name);

  if (!draft || sameRange(live.range, draft.wanted)) return without(drafts, live.name);

  return withDraft(drafts, live.name, { uid: live.uid, base: live.range, wanted: draft.wanted });
}

/**
 * Drops drafts that have come true by other hands: the live range is what was wanted.
 * Without this an applied change whose answer was lost would stand as a conflict with itself.
 */
export function withoutFulfilled(drafts: Drafts, live: readonly LiveRange[]): Drafts {
  const fulfilled = live.filter(({ name, uid, range }) => {
    const draft = drafts.get(name);

    return draft?.uid === uid && sameRange(draft.wanted, range);
  });

  return fulfilled.reduce<Drafts>((left, { name }) => without(left, name), drafts);
}

export function without(drafts: Drafts, name: string): Drafts {
  return new Map([...drafts].filter(([other]) => other !== name));
}

function withDraft(drafts: Drafts, name: string, draft: Draft): Drafts {
  return new Map([...drafts, [name, draft]]);
}
