import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { parse } from 'yaml';
import { SandboxError } from './errors.ts';

/** Every port that a part of the sandbox listens on. The services' own ports stand in the chart's sandbox values. */
export const DEFAULT_PORTS = {
  edge: 8800,
  etcd: 12379,
  'etcd-peer': 12380,
  postgres: 15432,
  'kube-apiserver': 16443,
  'metrics-server': 16444,
  agent: 16250,
  kwok: 16247,
  'kube-controller-manager': 16257,
  'kube-scheduler': 16259,
  'redis-1': 16379,
  'redis-2': 16380,
  'redis-3': 16381,
  'redis-4': 16382,
  'redis-5': 16383,
  'redis-6': 16384,
  'redis-1-bus': 17379,
  'redis-2-bus': 17380,
  'redis-3-bus': 17381,
  'redis-4-bus': 17382,
  'redis-5-bus': 17383,
  'redis-6-bus': 17384,
  'kube-state-metrics': 16480,
  'kube-state-metrics-telemetry': 16481,
  extension: 18089,
  clickhouse: 18123,
  steve: 19080,
  prometheus: 19090,
  kafka: 19092,
  alertmanager: 19093,
  'kafka-controller': 19094,
} as const;

export type PortName = keyof typeof DEFAULT_PORTS;
export type Ports = Record<PortName, number>;

function isPortName(name: string): name is PortName {
  return name in DEFAULT_PORTS;
}

/**
 * The port of each part, with the user's overrides of the form `name=number`.
 * @throws SandboxError INVALID_PORT
 */
export function portsWith(overrides: readonly string[]): Ports {
  const ports: Ports = { ...DEFAULT_PORTS };
  for (const override of overrides) {
    const [name = '', value = ''] = override.split('=');
    const port = Number(value);
    if (!isPortName(name) || !Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new SandboxError('INVALID_PORT', `--port ${override} is not of the form name=number`, `names are ${Object.keys(DEFAULT_PORTS).join(', ')}`);
    }
    ports[name] = port;
  }
  return ports;
}

/** The ports that real pods of the services listen on, as the chart's sandbox values give them: `<service> http` and `<service> ops`. */
export function servicePorts(valuesFile: string): Record<string, number> {
  const values = parse(readFileSync(valuesFile, 'utf8'), { merge: true }) as Record<string, { ports?: { http: number; ops: number } }>;
  return Object.fromEntries(
    Object.entries(values).flatMap(([service, { ports }]) => (ports ? [[`${service} http`, ports.http], [`${service} ops`, ports.ops]] : [])),
  );
}

/** Whether something listens on the port already, on any address of this machine. */
export async function isPortTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(true));
    probe.listen({ port, host: '0.0.0.0', exclusive: true }, () => probe.close(() => resolve(false)));
  });
}

/**
 * Fails when any of the ports is in use.
 * @throws SandboxError PORT_TAKEN naming all of them
 */
export async function requireFreePorts(ports: Readonly<Record<string, number>>): Promise<void> {
  const taken: string[] = [];
  for (const [name, port] of Object.entries(ports)) {
    if (await isPortTaken(port)) taken.push(`${name} (${port})`);
  }
  if (taken.length === 0) return;
  const first = taken[0]?.replace(/ \(\d+\)$/, '') ?? 'edge';
  const move = isPortName(first) ? `, or move the part: npm start -- --port ${first}=NUMBER` : ' (the services\' own ports are fixed by the chart\'s sandbox values)';
  throw new SandboxError(
    'PORT_TAKEN',
    `another program already listens on the port of ${taken.join(', ')}`,
    `stop that program (ss -ltnp shows it)${move}. If it is a sandbox of another checkout, stop that one first`,
  );
}

/**
 * The machine's first address that is not a loopback one. Kubernetes refuses loopback addresses as endpoints,
 * so whatever the API server must reach as a Service is addressed by this one; the traffic stays on the machine.
 * @throws SandboxError NO_ADDRESS
 */
export function machineAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = addresses.find((address) => address.family === 'IPv4' && !address.internal);
  if (own) return own.address;
  throw new SandboxError(
    'NO_ADDRESS',
    'this machine has no IPv4 address beside the loopback one, and Kubernetes refuses loopback addresses as endpoints',
    'connect a network, or add one: sudo ip link add dummy0 type dummy && sudo ip addr add 192.0.2.10/32 dev dummy0 && sudo ip link set dummy0 up',
  );
}
