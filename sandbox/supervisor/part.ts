import { SandboxError } from '../errors.ts';
import type { Ports } from '../ports.ts';

/** What every part and step can know. */
export interface Context {
  /** The machine's own non-loopback address. */
  readonly address: string;
  readonly ports: Ports;
  /** Folder of the Go binaries. */
  readonly bin: string;
  /** A folder below the sandbox's state. */
  state(...segments: string[]): string;
  /** Sets of values the chart is installed with. */
  readonly values: 'live' | 'scale';
  /** The user's own cluster, when the sandbox doesn't build one. */
  readonly ownKubeconfig?: string;
}

/** How a part is started as a process. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Folder it runs in; the repository's root when left out. */
  readonly cwd?: string;
}

/** A program that keeps running. */
export interface Part {
  readonly kind: 'part';
  readonly name: string;
  /** Parts and steps that have to be ready first. */
  readonly needs: readonly string[];
  /** Its ports, checked to be free before anything starts. */
  readonly ports: readonly (keyof Ports)[];
  command(context: Context): Command;
  /** Resolves when the part does what it is for; throws or answers false while it doesn't yet. */
  isReady(context: Context): Promise<boolean>;
  /** How long it may take to become ready, in milliseconds. */
  readonly readyWithinMs: number;
  /** How long it may take to stop after SIGTERM before it is killed, in milliseconds. */
  readonly stopWithinMs: number;
}

/** Something that is done once, when what it needs is ready. */
export interface Step {
  readonly kind: 'step';
  readonly name: string;
  readonly needs: readonly string[];
  /** @param signal aborts when the sandbox stops; what the step started by then has to end, and what it throws is not reported */
  run(context: Context, signal: AbortSignal): Promise<void>;
}

export type Unit = Part | Step;

/**
 * Units in an order in which each comes after what it needs.
 * @throws Error on an unknown name or a circle, which is a mistake in the list itself
 */
export function inOrder(units: readonly Unit[]): Unit[] {
  const byName = new Map(units.map((unit) => [unit.name, unit]));
  const ordered = new Set<Unit>();
  const visit = (unit: Unit, path: readonly string[]): void => {
    if (ordered.has(unit)) return;
    if (path.includes(unit.name)) throw new Error(`circular needs: ${[...path, unit.name].join(' → ')}`);
    for (const need of unit.needs) {
      const needed = byName.get(need);
      if (!needed) throw new Error(`${unit.name} needs ${need}, which is not in the list`);
      visit(needed, [...path, unit.name]);
    }
    ordered.add(unit);
  };
  for (const unit of units) visit(unit, []);
  return [...ordered];
}

/** @throws SandboxError UNKNOWN_PART when none of the units is a part of this name */
export function partNamed(units: readonly Unit[], name: string): Part {
  const parts = units.filter((unit) => unit.kind === 'part');
  const part = parts.find((candidate) => candidate.name === name);
  if (part) return part;
  throw new SandboxError('UNKNOWN_PART', `the sandbox has no part named '${name}'`, `parts are ${parts.map((candidate) => candidate.name).join(', ')}`);
}
