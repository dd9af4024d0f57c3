import type { LiveRange } from './drafts.ts';

/** The states that RcStatusBadge has colours for. */
export type BadgeStatus = 'success' | 'warning' | 'error' | 'info' | 'unknown';

export interface Badge {
  status: BadgeStatus;
  text: string;
  /** The longer sentence behind it. */
  why: string;
}

export interface Usage {
  /** Percent of the request; undefined where the autoscaler has no value. */
  now: number | undefined;
  target: number;
}

/** One line of the scaling page, in words and figures ready to show. */
export interface ServiceRowView {
  live: LiveRange;
  label: string;
  /** Rancher's own page of the autoscaler. */
  link: { name: string; params: Record<string, string> };
  state: Badge;
  current: number | undefined;
  desired: number | undefined;
  usage: { cpu: Usage | undefined; memory: Usage | undefined };
  rps: string;
  p95: string;
}
