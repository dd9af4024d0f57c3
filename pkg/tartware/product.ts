import type { IExtension } from '@shell/core/types';
import type { ProductChildCustomPage, ProductChildGroup, ProductMetadata } from '@shell/core/plugin-products-external';

/** First segment of the routes of the top-level product. */
const PRODUCT = 'tartware';

const EXPLORER = 'explorer';

// A page name becomes a path segment under /c/<cluster>/explorer/, shared with every other extension: hence the prefix.
export const pages: ProductChildCustomPage[] = [
  { name: 'tartware-overview', labelKey: 'tartware.nav.overview', component: () => import('./pages/overview/index.vue'), sideMenu: { weight: 100 } },
  { name: 'tartware-services', labelKey: 'tartware.nav.services', component: () => import('./pages/services/index.vue'), sideMenu: { weight: 90 } },
  { name: 'tartware-autoscaling', labelKey: 'tartware.nav.autoscaling', component: () => import('./pages/autoscaling/index.vue'), sideMenu: { weight: 80 } },
];

export const product: ProductMetadata = {
  name: PRODUCT,
  labelKey: 'tartware.product',
  sideBar: { icon: { name: 'service' } },
};

export const explorerGroup: ProductChildGroup = {
  name: 'tartware',
  labelKey: 'tartware.product',
  sideMenu: {
    // Explorer's own groups: cluster 99, workload 98, service discovery 96, storage 95, policy 94.
    weight: 97,
    children: pages,
  },
};

/**
 * Rancher (shell 3.0.13 and hosts of 2.15) marks an extension that has a top-level product as such in every product it touches,
 * and then builds routes for Explorer's own resources that don't exist: names in its lists stay blank. The mark only matters
 * to resource pages below the top-level product, and ours has none, so it is kept from being set.
 */
function leaveExplorersRoutesAlone(extension: IExtension): void {
  Object.defineProperty(extension, 'topLevelProduct', { get: () => false, set: () => undefined });
}

/** One implementation per page, shown under the product of its own and inside Cluster Explorer. */
export function registerProducts(extension: IExtension): void {
  leaveExplorersRoutesAlone(extension);
  extension.addProduct(product, pages);
  extension.extendProduct(EXPLORER, [explorerGroup]);
}
