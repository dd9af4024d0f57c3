import { parseArgs } from 'node:util';
import { SandboxError } from '../errors.ts';

/** What the edge is started with. */
export interface EdgeFlags {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  /** Of someone who may impersonate everybody. */
  readonly kubeconfig: string;
  /** Steve's address. It must obey Impersonate-User and answer nobody without. */
  readonly steve: string;
  /** Folder of the built dashboard. */
  readonly dashboard: string;
  /** Folder with one folder per extension, in place of those that are installed in the cluster. */
  readonly extensions?: string | undefined;
  /** JSON file with a list of SandboxUser. */
  readonly users: string;
}

const USAGE = 'node sandbox/edge/main.ts --port 8800 --kubeconfig FILE --steve http://127.0.0.1:19080 --dashboard DIR --users FILE.json [--extensions DIR]';

/** @throws SandboxError EDGE_FLAGS for an unknown, missing or unusable flag */
export function parseFlags(args: readonly string[]): EdgeFlags {
  const values = parse(args);
  const given = (name: Exclude<keyof EdgeFlags, 'extensions'>): string => values[name] ?? fail(`--${name} is missing`);
  const port = Number(given('port'));
  if (!Number.isInteger(port) || port < 0 || port > 65_535) fail(`--port ${values.port} is not a port`);
  const steve = given('steve');
  if (!URL.canParse(steve) || !/^https?:$/.test(new URL(steve).protocol)) fail(`--steve ${steve} is not an http address`);
  return { port, kubeconfig: given('kubeconfig'), steve, dashboard: given('dashboard'), extensions: values.extensions, users: given('users') };
}

function parse(args: readonly string[]): Partial<Record<keyof EdgeFlags, string>> {
  const string = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...args], options: { port: string, kubeconfig: string, steve: string, dashboard: string, extensions: string, users: string } }).values;
  } catch (cause) {
    return fail(cause instanceof Error ? cause.message : String(cause));
  }
}

function fail(message: string): never {
  throw new SandboxError('EDGE_FLAGS', message, USAGE);
}
