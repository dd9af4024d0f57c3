import { mount } from '@vue/test-utils';
import { reactive } from 'vue';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { testGlobal, testStore } from '../testing/global.ts';
import { useCluster } from './useCluster.ts';
import type { ClusterChoice } from './useCluster.ts';

const route = reactive<{ params: Record<string, string>; query: Record<string, string> }>({ params: {}, query: {} });
const replace = vi.fn();

vi.mock('vue-router', () => ({ useRoute: () => route, useRouter: () => ({ replace }) }));

const clusters = [
  { id: 'c-2', nameDisplay: 'production', isReady: true }, { id: 'local', nameDisplay: 'local', isReady: true }, { id: 'c-3', nameDisplay: 'broken', isReady: false },
];

function choice(): ClusterChoice {
  let made: ClusterChoice | undefined;

  mount({ setup: () => { made = useCluster(); }, template: '<i />' }, {
    global: testGlobal({ store: testStore({ 'management/all': () => clusters, defaultClusterId: 'c-2' }) }),
  });

  return made!;
}

beforeEach(() => {
  route.params = { cluster: '_' };
  route.query = {};
});

describe('the cluster that a page is about', () => {
  it('is the one in the address inside Cluster Explorer, where there is nothing to choose', () => {
    route.params = { cluster: 'c-9' };
    const { clusterId, clusters: offered } = choice();

    expect(clusterId.value).toBe('c-9');
    expect(offered.value).toEqual([]);
  });

  it('is Rancher\'s default above the clusters, with those that are ready to choose from', () => {
    const { clusterId, clusters: offered } = choice();

    expect(clusterId.value).toBe('c-2');
    expect(offered.value.map(({ name }) => name)).toEqual(['local', 'production']);
  });

  it('is the one asked for, unless it is unknown', () => {
    route.query = { cluster: 'local' };
    expect(choice().clusterId.value).toBe('local');
    route.query = { cluster: 'c-3' };
    expect(choice().clusterId.value).toBe('c-2');
  });

  it('is put into the address when chosen', () => {
    choice().choose('local');
    expect(replace).toHaveBeenCalledWith({ query: { cluster: 'local' } });
  });
});
