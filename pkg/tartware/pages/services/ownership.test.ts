import { parseAutoscaler } from '@tartware/domain';
import type { Autoscaler } from '@tartware/domain';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { helmOwners, valuesPatch } from './ownership.ts';

function autoscaler(name: string, metadata: object): Autoscaler {
  return parseAutoscaler({ metadata: { name, uid: name, ...metadata }, spec: { minReplicas: 1, maxReplicas: 2 } });
}

describe('helmOwners', () => {
  it('goes by Helm\'s annotation before the labels', () => {
    const core = autoscaler('core', {
      annotations: { 'meta.helm.sh/release-name': 'hotel' }, labels: { 'app.kubernetes.io/managed-by': 'Helm', 'app.kubernetes.io/instance': 'other' },
    });
    const rooms = autoscaler('rooms', { annotations: { 'meta.helm.sh/release-name': 'hotel' } });

    expect(helmOwners([core, rooms])).toEqual([{ kind: 'helm', release: 'hotel', names: ['core', 'rooms'] }]);
  });

  it('believes the label only where it says Helm', () => {
    const helm = autoscaler('core', { labels: { 'app.kubernetes.io/managed-by': 'Helm', 'app.kubernetes.io/instance': 'tartware' } });
    const byHand = autoscaler('rooms', { labels: { 'app.kubernetes.io/managed-by': 'kubectl', 'app.kubernetes.io/instance': 'tartware' } });

    expect(helmOwners([helm, byHand])).toEqual([{ kind: 'helm', release: 'tartware', names: ['core'] }]);
  });
});

describe('valuesPatch', () => {
  it('is what the umbrella chart takes', () => {
    const text = valuesPatch([
      { name: 'core', uid: 'u', base: { min: 8, max: 80 }, wanted: { min: 20, max: 110 } },
      { name: 'api-gateway', uid: 'u', base: { min: 12, max: 150 }, wanted: { min: 12, max: 160 } },
    ]);

    expect(parse(text)).toEqual({
      core: { autoscaling: { minReplicas: 20, maxReplicas: 110 } },
      'api-gateway': { autoscaling: { minReplicas: 12, maxReplicas: 160 } },
    });
  });
});
