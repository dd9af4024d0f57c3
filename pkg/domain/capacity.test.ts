import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCapacity, quotaLimits } from './capacity.ts';
import type { ServiceDemand } from './capacity.ts';
import { podResources } from './pod-resources.ts';
import { formatQuantity, parseQuantity } from './quantity.ts';

function quota(hard: Record<string, string>, used: Record<string, string> = {}, spec: object = {}) {
  return quotaLimits({ metadata: { name: 'tartware-quota' }, spec: { hard, ...spec }, status: { hard, used } });
}

/** Pods, cores and memory as docs and charts publish them: name, max, cpu request-limit, memory request-limit in Mi. */
const PLATFORM = ([
  ['api-gateway', 12, 150, '1', '3500m', 1024, 4096],
  ['core', 8, 80, '750m', '2500m', 1536, 5120],
  ['reservations', 8, 70, '900m', '2500m', 1536, 5120],
  ['billing', 5, 45, '500m', '2', 768, 3072],
  ['guests', 5, 45, '500m', '2', 768, 3072],
  ['rooms', 5, 45, '500m', '2', 768, 3072],
  ['settings', 3, 20, '300m', '1200m', 512, 2048],
  ['housekeeping', 4, 30, '400m', '1600m', 512, 2048],
  ['command-center', 3, 25, '400m', '1600m', 512, 2048],
] as const).map(([name, min, max, cpu, cpuLimit, memory, memoryLimit]) => ({
  name,
  min,
  demand: (current: number, wanted: number = max): ServiceDemand => ({
    name,
    current,
    wanted,
    pod: podResources({ containers: [{ name, resources: { requests: { cpu, memory: `${ memory }Mi` }, limits: { cpu: cpuLimit, memory: `${ memoryLimit }Mi` } } }] }),
  }),
}));

const [gateway, core] = PLATFORM as [typeof PLATFORM[number], typeof PLATFORM[number]];
const PUBLISHED = { 'requests.cpu': '200', 'requests.memory': '400Gi', 'limits.cpu': '400' };

describe('does it fit', () => {
  it('stops api-gateway at 114 of its 150 pods under the published quota', () => {
    const report = checkCapacity(quota(PUBLISHED), [gateway.demand(0)]);

    expect(report.fits).toBe(false);
    expect(report.services).toEqual([expect.objectContaining({ name: 'api-gateway', wanted: 150, alone: { pods: 114, binding: expect.objectContaining({ resource: 'limits.cpu' }) } })]);
  });

  it('does so too when twelve of them are in the used amount', () => {
    expect(checkCapacity(quota(PUBLISHED, { 'requests.cpu': '12', 'requests.memory': '12Gi', 'limits.cpu': '42' }), [gateway.demand(12)]).services[0]?.alone.pods).toBe(114);
  });

  it('finds that nine services at their maximum want 368.5 cores and 514 Gi, and names what binds first', () => {
    const atMax = (hard: Record<string, string>) => checkCapacity(quota(hard), PLATFORM.map(({ demand }) => demand(0)));

    expect(atMax({ 'requests.cpu': '368500m', 'requests.memory': '514Gi', 'limits.cpu': '1282', pods: '510' }).fits).toBe(true);
    expect(atMax({ pods: '509' })).toMatchObject({ fits: false, binding: { resource: 'pods' } });
    const { binding } = atMax(PUBLISHED);

    expect(binding?.resource).toBe('limits.cpu');
    expect(formatQuantity(binding?.needed ?? parseQuantity('0'), 'decimal')).toBe('1282');
    expect(formatQuantity(atMax({ 'requests.cpu': '200', 'requests.memory': '514Gi' }).binding?.needed ?? parseQuantity('0'), 'decimal')).toBe('368500m');
  });

  it('gives each service what the others leave, alone and together', () => {
    const limits = quota({ 'requests.cpu': '100' }, { 'requests.cpu': '30' });
    // Used: 12 of api-gateway, 8 × 0.75 of core, and 12 cores of somebody else.
    const { services, fits } = checkCapacity(limits, [gateway.demand(12, 60), core.demand(8, 40)]);

    expect(fits).toBe(false); // 12 + 60 + 30 = 102
    expect(services.map(({ alone }) => alone.pods)).toEqual([82, 101]); // 100 − 12 − 6; (100 − 12 − 12) / 0.75
    expect(services.map(({ together }) => together.pods)).toEqual([58, 37]); // 100 − 12 − 30; (100 − 12 − 60) / 0.75
  });

  it('counts what a lowered maximum gives back', () => {
    const limits = quota({ 'requests.cpu': '20' }, { 'requests.cpu': '18' });

    expect(checkCapacity(limits, [gateway.demand(12, 6), core.demand(8, 16)])).toMatchObject({ fits: true, services: [{}, { alone: { pods: 10 }, together: { pods: 18 } }] });
  });

  it('says that a quota passed already binds, and fits nothing more', () => {
    const report = checkCapacity(quota({ pods: '10', 'requests.cpu': '12' }, { pods: '12', 'requests.cpu': '12' }), [gateway.demand(12, 12)]);

    expect(report).toMatchObject({ fits: false, binding: { resource: 'pods' }, services: [{ alone: { pods: 10 } }] });
  });

  it('has no ceiling without a quota, or under one that counts nothing of the pod', () => {
    const free = { alone: { pods: undefined, binding: undefined }, together: { pods: undefined, binding: undefined } };

    expect(checkCapacity([], [gateway.demand(12)])).toMatchObject({ fits: true, binding: undefined, services: [free] });
    expect(checkCapacity(quota({ 'limits.cpu': '1' }), [{ name: 'bare', current: 1, wanted: 9, pod: podResources({ containers: [{ name: 'a' }] }) }])).toMatchObject({ fits: true, services: [free] });
  });

  it('takes the tightest of several quotas', () => {
    const limits = [...quota({ pods: '40' }), ...quota({ pods: '30' }), ...quota({ pods: '50' })];

    expect(checkCapacity(limits, [gateway.demand(0)]).services[0]?.alone.pods).toBe(30);
  });

  it('names a ceiling that fits, and one pod more does not', () => {
    const amount = fc.integer({ min: 1, max: 4000 });

    fc.assert(fc.property(fc.array(fc.record({ cpu: amount, current: fc.nat(30), wanted: fc.nat(200) }), { minLength: 1, maxLength: 6 }), fc.nat(500_000), fc.nat(5000), (services, room, foreign) => {
      const demands = services.map(({ cpu, current, wanted }, index): ServiceDemand => ({
        name: String(index), current, wanted, pod: podResources({ containers: [{ name: 'a', resources: { requests: { cpu: `${ cpu }m` } } }] }),
      }));
      const used = services.reduce((sum, { cpu, current }) => sum + cpu * current, foreign);
      const limits = quota({ 'requests.cpu': `${ used + room }m` }, { 'requests.cpu': `${ used }m` });
      const report = checkCapacity(limits, demands);
      const fitsWith = (index: number, pods: number) => checkCapacity(limits, demands.map((demand, other) => (other === index ? { ...demand, wanted: pods } : demand))).fits;

      report.services.forEach(({ together, wanted }, index) => {
        const pods = together.pods ?? 0;

        if (report.fits) expect(pods).toBeGreaterThanOrEqual(wanted);
        if (pods > 0) expect(fitsWith(index, pods)).toBe(true);
        expect(fitsWith(index, pods + 1)).toBe(false);
      });
    }));
  });
});

describe('reading a quota', () => {
  it('takes the lines that count for pods, also before anything was used', () => {
    expect(quotaLimits({ metadata: { name: 'q' }, spec: { hard: { 'requests.cpu': '2', pods: '5', services: '3', 'requests.nvidia.com/gpu': '1' } } })).toEqual([
      { quota: 'q', resource: 'requests.cpu', hard: parseQuantity('2'), used: parseQuantity('0') },
      { quota: 'q', resource: 'pods', hard: parseQuantity('5'), used: parseQuantity('0') },
    ]);
  });

  it.each([
    [{ scopes: ['NotTerminating', 'NotBestEffort'] }, 1], [{ scopes: ['Terminating'] }, 0], [{ scopes: ['BestEffort'] }, 0],
    [{ scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } }, 0],
  ])('with %j counts %d line for our pods', (spec, lines) => {
    expect(quota({ pods: '5' }, {}, spec)).toHaveLength(lines);
  });

  it.each([undefined, '<html>', {}, { metadata: {} }])('refuses %j in words', (rubbish) => {
    expect(() => quotaLimits(rubbish)).toThrow(expect.objectContaining({ code: 'QUOTA_MALFORMED' }));
  });
});
