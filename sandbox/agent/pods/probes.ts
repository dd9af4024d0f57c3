import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Container, V1HTTPGetAction, V1Probe } from '@kubernetes/client-node';
import { runCommand } from '../processes.ts';
import type { CommandLine } from './command.ts';
import { afterProbe, initialProbeState, probeTimes, type ProbeState } from './probe-state.ts';

/** Where a probe goes and what it may run. */
export interface ProbeTarget {
  readonly container: V1Container;
  readonly address: string;
  /** The container's own command line: a command of a probe runs in its folder and environment. */
  readonly commandLine: CommandLine;
}

/** One try: whether it passed, and why not. */
export interface ProbeOutcome {
  readonly passed: boolean;
  readonly message: string;
}

/** @throws Error when the container has no port of that name */
function portOf(port: number | string, container: V1Container): number {
  if (Number.isInteger(Number(port))) return Number(port);
  const named = container.ports?.find((candidate) => candidate.name === port);
  if (!named) throw new Error(`container ${container.name} has no port named ${port}`);
  return named.containerPort;
}

async function httpGet(action: V1HTTPGetAction, { container, address }: ProbeTarget, timeoutMs: number): Promise<ProbeOutcome> {
  const secure = action.scheme === 'HTTPS';
  const options = {
    host: action.host || address,
    port: portOf(action.port, container),
    path: action.path ?? '/',
    headers: { 'user-agent': 'kube-probe/sandbox', ...Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value])) },
    // A connection of its own per try, as a kubelet does: a kept one would hide that nobody accepts new ones.
    agent: false as const,
    signal: AbortSignal.timeout(timeoutMs),
    rejectUnauthorized: false,
  };
  return new Promise((resolve, reject) => {
    const call = (secure ? httpsRequest : httpRequest)(options, (response) => {
      response.destroy();
      const status = response.statusCode ?? 0;
      resolve({ passed: status >= 200 && status < 400, message: `HTTP probe failed with statuscode: ${status}` });
    });
    call.on('error', reject);
    call.end();
  });
}

async function tcpConnect(host: string, port: number, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    socket.on('connect', () => {
      socket.destroy();
      resolve({ passed: true, message: '' });
    });
    socket.on('timeout', () => socket.destroy(new Error('timeout')));
    socket.on('error', reject);
  });
}

async function attempt(probe: V1Probe, target: ProbeTarget): Promise<ProbeOutcome> {
  const { timeoutMs } = probeTimes(probe);
  if (probe.httpGet) return httpGet(probe.httpGet, target, timeoutMs);
  if (probe.tcpSocket) return tcpConnect(probe.tcpSocket.host || target.address, portOf(probe.tcpSocket.port, target.container), timeoutMs);
  const [file = '', ...args] = probe.exec?.command ?? [];
  if (!file) return { passed: false, message: 'this kind of probe is not supported in the sandbox' };
  const { exitCode } = await runCommand({ ...target.commandLine, file, args }, timeoutMs);
  return { passed: exitCode === 0, message: `command ended with ${exitCode}` };
}

/** Tries the probe once. Never throws: what goes wrong is a failed try. */
export async function tryProbe(probe: V1Probe, target: ProbeTarget): Promise<ProbeOutcome> {
  try {
    return await attempt(probe, target);
  } catch (error) {
    return { passed: false, message: error instanceof Error ? error.message : String(error) };
  }
}

/** What a probe's loop reports. */
export interface ProbeListener {
  changed(passing: boolean): void;
  /** The failure threshold is reached. */
  failed(message: string): void;
  /** One try failed. */
  unhealthy(message: string): void;
}

/** Probes again and again until the signal aborts, or once it passed if `untilPassed`. Rejects never. */
export async function probeLoop(probe: V1Probe, initially: boolean, target: ProbeTarget, listener: ProbeListener, options: { signal: AbortSignal; untilPassed?: boolean }): Promise<void> {
  const { initialDelayMs, periodMs } = probeTimes(probe);
  const { signal, untilPassed = false } = options;
  let state: ProbeState = initialProbeState(initially);
  let wait = initialDelayMs;
  for (;;) {
    await sleep(wait, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const { passed, message } = await tryProbe(probe, target);
    if (signal.aborted) return;
    const next = afterProbe(state, passed, probe);
    if (!passed) listener.unhealthy(message);
    if (next.passing !== state.passing) listener.changed(next.passing);
    if (next.failedEnough) listener.failed(message);
    if (untilPassed && next.passing) return;
    state = next;
    wait = periodMs;
  }
}
