import { execa } from 'execa';
import { expect, test } from 'vitest';
import { machineUsage, parseStat, readMachine, readProcesses, readUnits, treeOf, usageOfTree } from './proc.ts';

const line = (pid: number, name: string, parent: number, session: number): string => `${pid} (${name}) S ${parent} ${pid} ${session} 0 -1 4194560 1 2 3 4 10 20 3 4 20 0 1 0 100 1000000 256 18446744073709551615`;

test.each(['node', 'a b', '(x) y', ') S 1'])('a process named %s is read', (name) => {
  expect(parseStat(line(7, name, 1, 6))).toEqual({ pid: 7, parent: 1, session: 6, ticks: 37, pages: 256 });
});

test('rubbish is no process', () => {
  expect([parseStat(''), parseStat('7 (node'), parseStat('7 (node) S 1')]).toEqual([undefined, undefined, undefined]);
});

test('a tree holds descendants and orphans of the session, nobody else', () => {
  const processes = [[1, 0, 1], [10, 1, 10], [13, 12, 13], [12, 10, 10], [14, 1, 10], [20, 1, 20]].map(([pid, parent, session]) => parseStat(line(pid!, 'x', parent!, session!))!);
  expect(treeOf(10, processes).map(({ pid }) => pid)).toEqual([10, 13, 12, 14]);
  expect(usageOfTree(10, processes, { ticksPerSecond: 100, pageBytes: 4096 })).toEqual({ cpuSeconds: 1.48, memoryBytes: 4 * 256 * 4096 });
});

test('a busy process and its children are measured', async () => {
  const busy = execa('sh', ['-c', 'timeout 0.4 sh -c "while :; do :; done"; sleep 5'], { reject: false, detached: true, cleanup: false });
  await new Promise((resolve) => setTimeout(resolve, 800));
  const { cpuSeconds, memoryBytes } = usageOfTree(busy.pid!, readProcesses(), readUnits());
  process.kill(-busy.pid!, 'SIGKILL');
  await busy;
  expect(cpuSeconds).toBeGreaterThan(0.05);
  expect(cpuSeconds).toBeLessThan(0.6);
  expect(memoryBytes).toBeGreaterThan(100_000);
});

test('the machine is measured without its idle time', () => {
  const units = { ticksPerSecond: 100, pageBytes: 4096 };
  expect(machineUsage('cpu  100 0 50 99999 7 1 2 3 0 0\ncpu0 1 2\n', 'MemTotal:    1000 kB\nMemAvailable:  400 kB\n', units)).toEqual({ cpuSeconds: 1.56, memoryBytes: 600 * 1024 });
  expect(readMachine(readUnits()).cpuSeconds).toBeGreaterThan(1);
});
