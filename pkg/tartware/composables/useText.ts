import { inject } from 'vue';

/** What our code needs of Rancher's Vuex store; its own type is a bag of `any`. */
export interface RancherStore {
  getters: Record<string, unknown>;
  dispatch(action: string, payload?: unknown, options?: { root: boolean }): Promise<unknown>;
}

export type TextArguments = Record<string, string | number>;
export type Text = (key: string, values?: TextArguments) => string;

/** Rancher's store, provided to every component under Vuex' own key. Vuex itself stays out of our bundle that way. */
export function useRancherStore(): RancherStore {
  const store = inject<RancherStore>('store');

  if (!store) throw new Error('Tartware pages run inside the Rancher dashboard: its store is missing.');

  return store;
}

/**
 * Looks up our strings (`l10n/en-us.yaml`, keys without the leading `tartware.`).
 * The strings are not escaped: they go into text nodes and attributes, where Vue does that.
 */
export function useText(): Text {
  const store = useRancherStore();

  return (key, values = {}) => {
    // Read on every call: the getter is replaced when the user changes the language.
    const translate = store.getters['i18n/t'] as (key: string, values: TextArguments) => string | undefined;

    return translate(`tartware.${ key }`, values) ?? `%tartware.${ key }%`;
  };
}
