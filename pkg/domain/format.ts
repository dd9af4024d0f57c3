import type { Reading } from './prometheus.ts';

/** Where a figure would stand: not measured is not zero. */
export const ABSENT = 'n/a';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 0.42, 7.5, 850, 28.4k, 1.2M: three digits that matter, no more. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return ABSENT;
  const scaled = [...LARGE].find(([scale]) => Math.abs(value) >= scale * ROUNDS_UP);

  return scaled ? `${ threeDigits(value / scaled[0]) }${ scaled[1] }` : threeDigits(value);
}

/** 999.6 is written "1k", not "1000". */
const ROUNDS_UP = 0.9995;
const LARGE: [scale: number, suffix: string][] = [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']];

/** Seconds as 0.8 ms, 412 ms, 1.9 s, 12 s, 3 min. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return ABSENT;
  if (Math.abs(seconds) < ROUNDS_UP) return `${ threeDigits(seconds * 1000) } ms`;

  return Math.abs(seconds) < 2 * MINUTE ? `${ twoDigits(seconds) } s` : `${ formatNumber(seconds / MINUTE) } min`;
}

/** A ratio of 0 to 1 as 0 %, 0.42 %, 3.1 %, 91 %. What is not zero is never written as zero. */
export function formatRatio(ratio: number): string {
  if (!Number.isFinite(ratio)) return ABSENT;
  const percent = ratio * 100;

  if (percent > 0 && percent < 0.01) return '< 0.01 %';

  return `${ twoDigits(percent) } %`;
}

/** Bytes as 512 B, 1.5 Gi. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return ABSENT;
  const index = Math.max(0, Math.min(BINARY.length - 1, Math.floor(Math.log2(Math.max(1, Math.abs(bytes)) * (1 / ROUNDS_UP)) / 10)));

  return `${ threeDigits(bytes / 1024 ** index) } ${ BINARY[index] }`;
}

const BINARY = ['B', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];

/** A figure from Prometheus, with the writer of its unit. */
export function formatReading(reading: Reading, format: (value: number) => string): string {
  return reading.state === 'measured' ? format(reading.value) : ABSENT;
}

/** How long ago, as 5 s, 3 min, 2 h, 4 d; a time to come counts as now, because clocks differ. Both in milliseconds. */
export function formatAge(then: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - then) / 1000));

  if (!Number.isFinite(seconds)) return ABSENT;
  if (seconds < MINUTE) return `${ seconds } s`;
  if (seconds < HOUR) return `${ Math.floor(seconds / MINUTE) } min`;
  if (seconds < DAY) return `${ Math.floor(seconds / HOUR) } h`;

  return `${ Math.floor(seconds / DAY) } d`;
}

function threeDigits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Two digits that matter, and every digit before the point: 0.42, 3.1, 91, 119. */
function twoDigits(value: number): string {
  return String(Math.abs(value) >= 10 ? Math.round(value) : Number(value.toPrecision(2)));
}
