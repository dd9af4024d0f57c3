/**
 * How long the charts take to be there: `node sandbox/measure-install.ts [live|scale]`.
 * Brings up the cluster on free ports with nothing of an earlier start but the builds, installs the umbrella into it by Helm, and stops it.
 * Measured from Helm's start until all nine services answer that they are ready. Exit code 1 when the goal is missed or nothing was measured.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBinaries } from './build/go.ts';
import { describeError } from './errors.ts';
import { REPOSITORY } from './paths.ts';
import { preparePki } from './pki.ts';
import { machineAddress, requireFreePorts, servicePorts } from './ports.ts';
import { inOrder } from './supervisor/part.ts';
import type { Context, Unit } from './supervisor/part.ts';
import { Supervisor } from './supervisor/supervisor.ts';
import { unitsOf } from './system.ts';
import { freePorts } from './testing/ports.ts';

const GOAL_MS = 60_000;
/** What comes one after the other between Helm's start and nine services. */
const INSTALL = ['tartware-chart', 'services'];
/** What the alerts add to a start, beside other things. */
const MONITORING = ['monitoring-kinds', 'alert-rules'];

/** The units of these names with all that they need: neither Rancher's side nor the extension. */
function neededBy(units: readonly Unit[], names: readonly string[]): Unit[] {
  const byName = new Map(units.map((unit) => [unit.name, unit]));
  const wanted = new Set<string>();
  const visit = (name: string): void => {
    if (wanted.has(name)) return;
    wanted.add(name);
    byName.get(name)?.needs.forEach(visit);
  };
  names.forEach(visit);
  return inOrder(units.filter(({ name }) => wanted.has(name)));
}

function report(supervisor: Supervisor): boolean {
  const took = new Map(supervisor.status().map(({ name, readyAfterMs = Number.NaN }) => [name, readyAfterMs]));
  const installed = INSTALL.reduce((sum, name) => sum + (took.get(name) ?? Number.NaN), 0);
  const print = (name: string, ms: number): void => console.log(`${name.padEnd(40)}${(ms / 1000).toFixed(1).padStart(6)} s`);
  for (const name of [...INSTALL, ...MONITORING]) print(name, took.get(name) ?? Number.NaN);
  print(`Helm to nine services (goal: ${GOAL_MS / 1000} s)`, installed);
  return installed <= GOAL_MS;
}

async function measure(context: Context): Promise<boolean> {
  const units = unitsOf(context, { say: console.log, log: () => () => undefined });
  const supervisor = new Supervisor(neededBy(units, [...INSTALL, ...MONITORING]), context);
  const interrupted = async (): Promise<void> => supervisor.stop();
  process.once('SIGINT', interrupted);
  try {
    const up = await supervisor.start();
    return up && report(supervisor);
  } finally {
    process.off('SIGINT', interrupted);
    await supervisor.stop();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'tartware-install-'));
try {
  await requireFreePorts(servicePorts(join(REPOSITORY, 'charts', 'tartware', 'values-sandbox.yaml')));
  const bin = await ensureBinaries((name) => console.log(`building the Go parts: ${name}`));
  const context: Context = { address: machineAddress(), ports: await freePorts(), bin, state: (...segments) => join(folder, ...segments), values: process.argv[2] === 'scale' ? 'scale' : 'live' };
  await preparePki(context);
  process.exitCode = (await measure(context)) ? 0 : 1;
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
