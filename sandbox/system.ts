import { binariesFolder } from './build/go.ts';
import type { StartOptions } from './options.ts';
import { CONTROL_PLANE } from './parts/control-plane.ts';
import { DATA_STORES } from './parts/data-stores.ts';
import { MONITORING } from './parts/monitoring.ts';
import { NODES } from './parts/nodes.ts';
import { RANCHER } from './parts/rancher.ts';
import { stateFolder } from './paths.ts';
import { machineAddress } from './ports.ts';
import { DATA_STORE_STEPS } from './steps/data-stores.ts';
import { demoHotels } from './steps/demo-hotels.ts';
import { alertRules, monitoringKinds } from './steps/alert-rules.ts';
import { binariesStep, dashboardStep, extensionStep } from './steps/build.ts';
import { extensionChart } from './steps/extension.ts';
import { monitoringPods } from './steps/monitoring-pods.ts';
import { sandboxObjects } from './steps/objects.ts';
import { rancherObjects } from './steps/rancher.ts';
import { servicesReady, tartwareChart } from './steps/tartware.ts';
import type { Context, Unit } from './supervisor/part.ts';

/** What the system says while it starts: progress for people, and the lines of long builds for their logs. */
export interface Voice {
  say(line: string): void;
  log(unit: string): (line: string) => void;
}

/** Everything that runs, as data. With the user's own cluster only what Rancher's side needs is started. */
export function unitsOf(context: Context, voice: Voice): Unit[] {
  const builds = [binariesStep(voice.say), dashboardStep(voice.log('dashboard')), extensionStep(voice.log('extension'))];
  if (context.ownKubeconfig !== undefined) {
    return [...builds, { ...rancherObjects, needs: ['binaries'] }, ...RANCHER];
  }
  return [...builds, ...CONTROL_PLANE, ...DATA_STORES, ...DATA_STORE_STEPS, ...NODES, ...MONITORING, ...RANCHER, sandboxObjects, rancherObjects, extensionChart, monitoringKinds, monitoringPods, tartwareChart, alertRules, servicesReady, demoHotels];
}

/** What parts and steps get to know for these options. */
export function contextOf({ ports, values, kubeconfig }: StartOptions): Context {
  return {
    address: machineAddress(),
    ports,
    bin: binariesFolder(),
    state: stateFolder,
    values,
    ...(kubeconfig === undefined ? {} : { ownKubeconfig: kubeconfig }),
  };
}
