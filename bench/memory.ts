/**
 * Memory of everything the running sandbox consists of: `node bench/memory.ts`.
 * Proportional set size where Linux tells it (shared pages counted once), resident set size beside it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { stateFolder } from '../sandbox/paths.ts';
import { readRunFile } from '../sandbox/supervisor/processes.ts';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
}

interface Memory {
  readonly rssKib: number;
  readonly pssKib: number;
}

function processes(): Process[] {
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).flatMap((entry) => {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const end = stat.lastIndexOf(')');
      return [{ pid: Number(entry), parent: Number(stat.slice(end + 2).split(' ')[1]), name: stat.slice(stat.indexOf('(') + 1, end) }];
    } catch {
      // It ended while we looked.
      return [];
    }
  });
}

function memoryOf(pid: number): Memory {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const value = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0);
    return { rssKib: value('Rss'), pssKib: value('Pss') };
  } catch {
    return { rssKib: 0, pssKib: 0 };
  }
}

function descendantsOf(pid: number, all: readonly Process[]): number[] {
  return [pid, ...all.filter(({ parent }) => parent === pid).flatMap((child) => descendantsOf(child.pid, all))];
}

const record = readRunFile(stateFolder('run.json'));
if (!record) {
  console.error('NOT_RUNNING: no sandbox of this checkout is running\n  → start one with npm start');
  process.exit(1);
}
const all = processes();
let total: Memory = { rssKib: 0, pssKib: 0 };
const line = (name: string, { rssKib, pssKib }: Memory): string => `${name.padEnd(26)} ${(rssKib / 1024).toFixed(0).padStart(6)} MiB resident ${(pssKib / 1024).toFixed(0).padStart(6)} MiB proportional`;
for (const { name, pid } of [record.supervisor, ...record.processes]) {
  // The supervisor's children are the parts, which have lines of their own.
  const members = name === 'supervisor' ? [pid] : descendantsOf(pid, all);
  const sum = members.map(memoryOf).reduce((a, b) => ({ rssKib: a.rssKib + b.rssKib, pssKib: a.pssKib + b.pssKib }));
  total = { rssKib: total.rssKib + sum.rssKib, pssKib: total.pssKib + sum.pssKib };
  console.log(line(name, sum));
}
console.log(line('everything', total));
