/** What changes in a cluster on purpose, so that Fleet does not report it as drift. */
import type { Release, Values } from '../state.ts';

const SERVICES = ['api-gateway', 'core', 'reservations', 'billing', 'guests', 'rooms', 'settings', 'housekeeping', 'command-center'];

/** @param pointers JSON pointers to the fields that are not compared */
function ignore(apiVersion: string, kind: string, name: string, { pointers, namespace }: { pointers: string[]; namespace?: string }): Values {
  return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }), jsonPointers: pointers };
}

const webhook = (kind: 'Validating' | 'Mutating', name: string, ...pointers: string[]): Values => (
  ignore('admissionregistration.k8s.io/v1', `${ kind }WebhookConfiguration`, name, { pointers })
);

/**
 * By release. The services' Deployments carry no `replicas`, so an autoscaler's number is no drift; the autoscalers' limits are what
 * the extension changes: with them compared, the bundle would turn `Modified` with each change, and be set back by `correctDrift`.
 */
const PATCHES: Record<string, Values[]> = {
  tartware: SERVICES.map((name) => (
    ignore('autoscaling/v2', 'HorizontalPodAutoscaler', name, { namespace: 'tartware-system', pointers: ['/spec/minReplicas', '/spec/maxReplicas'] })
  )),
  // Istiod opens its own validation once it serves it.
  'istio-base': [webhook('Validating', 'istiod-default-validator', '/webhooks/0/failurePolicy', '/webhooks/0/clientConfig/caBundle')],
  istiod: [webhook('Validating', 'istio-validator-istio-system', '/webhooks/0/failurePolicy', '/webhooks/0/clientConfig/caBundle')],
  // A Job writes its certificate in, and lets failures count from then on.
  'rancher-monitoring': [
    webhook('Validating', 'rancher-monitoring-admission', '/webhooks/0/failurePolicy', '/webhooks/0/clientConfig/caBundle'),
    webhook('Mutating', 'rancher-monitoring-admission', '/webhooks/0/failurePolicy', '/webhooks/0/clientConfig/caBundle'),
  ],
};

export const comparePatches = ({ name }: Release): Values[] => PATCHES[name] ?? [];
