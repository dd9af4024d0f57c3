/** Counts of times by the middle of their bucket, in milliseconds; a middle is within 1 % of every time in it. */
export type Buckets = ReadonlyMap<number, number>;

/** Several histograms as one. Counts add up; percentiles never do. */
export function mergeBuckets(histograms: readonly Buckets[]): Buckets {
  const sum = new Map<number, number>();

  for (const [middle, count] of histograms.flatMap((buckets) => [...buckets])) sum.set(middle, (sum.get(middle) ?? 0) + count);

  return sum;
}

/** The time that at least this share of all stayed within, in milliseconds; undefined of nothing. @param share above 0, up to 1 */
export function percentile(buckets: Buckets, share: number): number | undefined {
  const wanted = Math.ceil(countOf(buckets) * share);
  let seen = 0;

  for (const [middle, count] of [...buckets].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= wanted) return middle;
  }

  return undefined;
}

export function countOf(buckets: Buckets): number {
  return [...buckets.values()].reduce((sum, count) => sum + count, 0);
}

/** How many samples make a percentile firm: a hundred beyond it. */
export function samplesFor(share: number): number {
  return Math.round(100 / (1 - share));
}
