/** What is read often and changes seldom. */

export interface CachedRead<Value> {
  /** Dropped together. */
  group: string;
  key: string;
  ttlSeconds: number;
  load: () => Promise<Value>;
}

export interface Cache {
  through: <Value>(read: CachedRead<Value>) => Promise<Value>;
  drop: (group: string) => Promise<void>;
}

/** Loads each time. */
export const withoutCache: Cache = { through: ({ load }) => load(), drop: () => Promise.resolve() };
