import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { REPOSITORY } from './paths.ts';
import { DEFAULT_PORTS, machineAddress, portsWith, requireFreePorts, servicePorts } from './ports.ts';

let server: Server | undefined;

async function listen(): Promise<number> {
  const listening = createServer();
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

afterEach(() => server?.close());

describe('ports', () => {
  it('are the defaults unless one is moved', () => {
    expect(portsWith([])).toEqual(DEFAULT_PORTS);
    expect(portsWith(['edge=9000']).edge).toBe(9000);
    expect(portsWith(['edge=9000']).etcd).toBe(DEFAULT_PORTS.etcd);
  });

  it.each(['edge', 'edge=', 'edge=0', 'edge=70000', 'edge=80.5', 'nothing=9000'])('refuse %s and say which names there are', (override) => {
    expect(() => portsWith([override])).toThrow(expect.objectContaining({ code: 'INVALID_PORT', hint: expect.stringContaining('kube-apiserver') }));
  });

  it('that are taken are named, with the way out', async () => {
    const port = await listen();
    await expect(requireFreePorts({ edge: port })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(`edge (${port})`),
      hint: expect.stringContaining('--port edge=NUMBER'),
    });
  });

  it('of services are named too, and said to be fixed', async () => {
    const port = await listen();
    await expect(requireFreePorts({ 'api-gateway http': port })).rejects.toMatchObject({
      message: expect.stringContaining(`api-gateway http (${port})`),
      hint: expect.stringMatching(/fixed by the chart/),
    });
  });

  it('of services are read from the values the chart is installed with', () => {
    const ports = servicePorts(join(REPOSITORY, 'charts', 'tartware', 'values-sandbox.yaml'));
    expect(Object.keys(ports)).toHaveLength(18);
    expect(ports).toMatchObject({ 'api-gateway http': 18080, 'api-gateway ops': 18180, 'command-center http': 18088 });
  });

  it('that are free pass', async () => {
    const port = await listen();
    await new Promise((resolve) => server?.close(resolve));
    await expect(requireFreePorts({ edge: port })).resolves.toBeUndefined();
  });
});

describe('the machine\'s address', () => {
  it('is not a loopback one, which Kubernetes would refuse as an endpoint', () => {
    expect(machineAddress()).not.toMatch(/^127\./);
  });
});
