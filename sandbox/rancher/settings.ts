/** The Rancher release that the pinned shell belongs to (`rancherVersion` in its package.json). */
export const RANCHER_VERSION = 'v2.15.0';

/** How long a sign-in lasts, in minutes: Rancher's own default. */
export const SESSION_TTL_MINUTES = 960;

/** Settings that anybody may read, signed in or not: the sign-in page is drawn from them. The same ones as in Rancher. */
const PUBLIC = {
  'first-login': 'false',
  'ui-banners': '{}',
  'ui-brand': '',
  'ui-community-links': 'false',
  'ui-custom-links': '',
  'ui-favicon': '',
  'ui-issues': '',
  'ui-link-color': '',
  'ui-login-background-dark': '',
  'ui-login-background-light': '',
  'ui-logo-dark': '',
  'ui-logo-light': '',
  'ui-pl': 'rancher',
  'ui-primary-color': '',
} as const;

export const PUBLIC_SETTINGS = Object.keys(PUBLIC);

/** All settings, by name. */
export function settings(serverUrl: string): Record<string, string> {
  return {
    ...PUBLIC,
    'auth-user-session-ttl-minutes': String(SESSION_TTL_MINUTES),
    'auth-user-session-idle-ttl-minutes': String(SESSION_TTL_MINUTES),
    'display-add-extension-repos-banner': 'false',
    'eula-agreed': '2026-01-01T00:00:00Z',
    'server-url': serverUrl,
    'server-version': RANCHER_VERSION,
    'system-namespaces': 'kube-system,kube-public,kube-node-lease,cattle-system,cattle-monitoring-system,fleet-local,fleet-default',
    // Heeded by Rancher Prime alone; see offline.html for the rest.
    'ui-content-enabled': 'false',
    'ui-offline-preferred': 'true',
    'ui-performance': '{}',
  };
}
