/** What requests cost in CPU time, process by process. Linux only: /proc. */
import { readFileSync, readdirSync } from 'node:fs';
import { cpuMicroseconds } from '../gateway/processes.ts';

/** CPU time used so far, µs, by name. */
export type Used = Readonly<Record<string, number>>;

/** @param groups process ids by name; `tree` counts the children of a process with it, also those that have ended */
export function usedBy(groups: Readonly<Record<string, readonly number[]>>, trees: Readonly<Record<string, number>>): Used {
  return {
    ...Object.fromEntries(Object.entries(groups).map(([name, pids]) => [name, pids.reduce((sum, pid) => sum + cpuMicroseconds(pid), 0)])),
    ...Object.fromEntries(Object.entries(trees).map(([name, pid]) => [name, treeMicroseconds(pid)])),
  };
}

export function difference(before: Used, after: Used): Used {
  return Object.fromEntries(Object.entries(after).map(([name, used]) => [name, used - (before[name] ?? 0)]));
}

function treeMicroseconds(pid: number): number {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number));
  return ended(pid) + cpuMicroseconds(pid) + children.reduce((sum, child) => sum + ofChild(child), 0);
}

/** One that has just ended is counted by its parent from then on. */
function ofChild(pid: number): number {
  try {
    return cpuMicroseconds(pid);
  } catch {
    return 0;
  }
}

/** Of children that have ended and were waited for: the 14th and 15th field behind the name; ticks of 10 ms. */
function ended(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10_000;
}
