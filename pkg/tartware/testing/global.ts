import IntlMessageFormat from 'intl-messageformat';
import { parse } from 'yaml';
import english from '../l10n/en-us.yaml?raw';
import type { Clients } from '../composables/useClients.ts';
import { CLIENTS } from '../composables/useClients.ts';
import type { RancherStore, TextArguments } from '../composables/useText.ts';

const texts: unknown = parse(english);

/** Our real English strings, formatted as Rancher does it; a key that is missing throws. */
export function text(key: string, values: TextArguments = {}): string {
  const found = key.split('.').reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], texts);

  if (typeof found !== 'string') throw new Error(`l10n/en-us.yaml has no text ${ key }`);

  return String(new IntlMessageFormat(found, 'en-us').format(values));
}

export function testStore(getters: Record<string, unknown> = {}): RancherStore {
  return { getters: { 'i18n/t': text, 'prefs/theme': 'light', ...getters }, dispatch: () => Promise.reject(new Error('no dispatch in this test')) };
}

/** Where the router stands: inside Cluster Explorer of the cluster `local`. Give it to `vi.mock('vue-router', …)`. */
export const routerMock = { useRoute: () => ({ params: { cluster: 'local' }, query: {} }), useRouter: () => ({ replace: () => Promise.resolve() }) };

/** What a mounted component of ours finds around it in Rancher. */
export function testGlobal({ store = testStore(), clients }: { store?: RancherStore; clients?: Clients } = {}) {
  return {
    provide: { store, ...(clients && { [CLIENTS as symbol]: clients }) },
    stubs: {
      RouterLink: { props: ['to'], template: '<a><slot /></a>' },
      Banner: { template: '<div><slot /></div>' },
      RcButton: { template: '<button><slot /></button>' },
      RcStatusBadge: { template: '<span><slot /></span>' },
      Loading: { template: '<div />' },
    },
  };
}
