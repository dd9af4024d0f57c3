import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** What `/proc/<pid>/stat` says of a process. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** Processes of one container share a session, as the first one was started in a session of its own. */
  readonly session: number;
  /** User and system time of the process and of its children that have ended, in clock ticks. */
  readonly ticks: number;
  /** Resident memory in pages. */
  readonly pages: number;
}

export interface Usage {
  /** CPU time so far, in seconds. */
  readonly cpuSeconds: number;
  /** Resident memory, in bytes; pages that processes share count for each. */
  readonly memoryBytes: number;
}

/** Sizes that the kernel counts in. */
export interface Units {
  readonly ticksPerSecond: number;
  readonly pageBytes: number;
}

/** Reads one line of `/proc/<pid>/stat`; the name in brackets may hold anything, brackets and blanks too. */
export function parseStat(text: string): ProcessStat | undefined {
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).trim().split(' ').map(Number);
  const at = (field: number): number => fields[field - 3] ?? Number.NaN;
  const stat = { pid: Number.parseInt(text, 10), parent: at(4), session: at(6), ticks: at(14) + at(15) + at(16) + at(17), pages: at(24) };
  return end > 0 && Object.values(stat).every(Number.isFinite) ? stat : undefined;
}

/** All processes of this machine; one that ends meanwhile is left out. */
export function readProcesses(): ProcessStat[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
    } catch {
      return [];
    }
  });
}

/** The processes that belong to the one with this id: its descendants, and those of its session whose parent has ended. */
export function treeOf(root: number, processes: readonly ProcessStat[]): ProcessStat[] {
  const members = new Set([root]);
  for (let before = 0; before < members.size;) {
    before = members.size;
    for (const { pid, parent, session } of processes) if (session === root || members.has(parent)) members.add(pid);
  }
  return processes.filter(({ pid }) => members.has(pid));
}

export function usageOfTree(root: number, processes: readonly ProcessStat[], { ticksPerSecond, pageBytes }: Units): Usage {
  const tree = treeOf(root, processes);
  const sum = (value: (stat: ProcessStat) => number): number => tree.reduce((total, stat) => total + value(stat), 0);
  return { cpuSeconds: sum(({ ticks }) => ticks) / ticksPerSecond, memoryBytes: sum(({ pages }) => pages) * pageBytes };
}

/** Reads the kernel's sizes. */
export function readUnits(): Units {
  const get = (name: string): number => Number(execFileSync('getconf', [name], { encoding: 'utf8' }));
  return { ticksPerSecond: get('CLK_TCK'), pageBytes: get('PAGESIZE') };
}

/** Usage of the whole machine from the texts of `/proc/stat` and `/proc/meminfo`: time not idle, memory not available. */
export function machineUsage(stat: string, meminfo: string, { ticksPerSecond }: Units): Usage {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (/^cpu +(.+)$/m.exec(stat)?.[1] ?? '').split(' ').map(Number);
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? 0);
  return { cpuSeconds: (user + nice + system + irq + softirq + steal) / ticksPerSecond, memoryBytes: (kilobytes('MemTotal') - kilobytes('MemAvailable')) * 1024 };
}

export function readMachine(units: Units): Usage {
  return machineUsage(readFileSync('/proc/stat', 'latin1'), readFileSync('/proc/meminfo', 'latin1'), units);
}
