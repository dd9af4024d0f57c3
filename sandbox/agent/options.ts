import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SandboxError } from '../errors.ts';

/** What the agent is told on its command line. */
export interface AgentOptions {
  readonly kubeconfig: string;
  readonly nodeName: string;
  /** The machine's own address, not a loopback one: the node's and its pods' IP. */
  readonly address: string;
  readonly port: number;
  readonly tlsCert: string;
  readonly tlsKey: string;
  /** Authority whose client certificates the kubelet endpoint accepts. */
  readonly clientCa: string;
  /** JSON file: image repository → {cwd, command}. */
  readonly images: string;
  readonly logDir: string;
  /** Remembers the processes the agent started, so that a later one can end them. */
  readonly stateFile: string;
  /** Folder that the images' `cwd` is relative to. */
  readonly root: string;
  /** The size that the node advertises. It is simulated: requests are met by bookkeeping, not by this machine. */
  readonly cpu: string;
  readonly memory: string;
  readonly pods: number;
  /** How long a Deployment of the platform may be ready without a real pod, before a simulated one makes way. */
  readonly seatAfterMs: number;
}

const FLAGS = {
  kubeconfig: { type: 'string' },
  'node-name': { type: 'string', default: 'tartware-real' },
  address: { type: 'string' },
  port: { type: 'string', default: '16250' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'client-ca': { type: 'string' },
  images: { type: 'string' },
  'log-dir': { type: 'string' },
  'state-file': { type: 'string' },
  root: { type: 'string' },
  cpu: { type: 'string', default: '32' },
  memory: { type: 'string', default: '64Gi' },
  pods: { type: 'string', default: '110' },
  'seat-after-seconds': { type: 'string', default: '10' },
} as const;

const USAGE = `node sandbox/agent/main.ts ${Object.keys(FLAGS).map((flag) => `--${ flag}=…`).join(' ') }`;

function invalid(message: string): SandboxError {
  return new SandboxError('INVALID_AGENT_OPTIONS', message, `call it so: ${USAGE}`);
}

function required(value: string | undefined, flag: string): string {
  if (value) return value;
  throw invalid(`--${flag} is missing`);
}

function positive(value: string, flag: string): number {
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw invalid(`--${flag} must be a number above 0, not '${value}'`);
}

/** @throws SandboxError INVALID_AGENT_OPTIONS */
export function parseOptions(argv: readonly string[]): AgentOptions {
  let values;
  try {
    ({ values } = parseArgs({ args: [...argv], options: FLAGS, allowPositionals: false }));
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
  const logDir = required(values['log-dir'], 'log-dir');
  return {
    kubeconfig: required(values.kubeconfig, 'kubeconfig'),
    nodeName: required(values['node-name'], 'node-name'),
    address: required(values.address, 'address'),
    port: positive(values.port, 'port'),
    tlsCert: required(values['tls-cert'], 'tls-cert'),
    tlsKey: required(values['tls-key'], 'tls-key'),
    clientCa: required(values['client-ca'], 'client-ca'),
    images: required(values.images, 'images'),
    logDir,
    stateFile: values['state-file'] ?? join(logDir, 'agent.json'),
    root: required(values.root, 'root'),
    cpu: values.cpu,
    memory: values.memory,
    pods: positive(values.pods, 'pods'),
    seatAfterMs: positive(values['seat-after-seconds'], 'seat-after-seconds') * 1_000,
  };
}
