import { DEFAULT_PORTS, isPortTaken, type PortName, type Ports } from '../ports.ts';

/**
 * Clear of a sandbox on the same machine, and below the ports that the kernel gives outgoing connections: a control plane
 * opens hundreds, and one of them could sit on a port before its part does.
 */
const LOWEST = 20_000;
const SPREAD = 6_000;

/** A port for each part that nobody listens on; from a random place, so that runs at the same time rarely meet. */
export async function freePorts(): Promise<Ports> {
  const ports: Ports = { ...DEFAULT_PORTS };
  let port = LOWEST + Math.floor(Math.random() * SPREAD);
  for (const name of Object.keys(DEFAULT_PORTS) as PortName[]) {
    while (await isPortTaken(port)) port += 1;
    ports[name] = port;
    port += 1;
  }
  return ports;
}
