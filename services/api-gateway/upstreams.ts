/** Which service answers which path. The first path segment after /v1 decides; the whole path is passed on as it came. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { httpUrl } from '@tartware/kit';

export const UpstreamSettings = Type.Object({
  CORE_URL: httpUrl('core'),
  RESERVATIONS_URL: httpUrl('reservations'),
  BILLING_URL: httpUrl('billing'),
  GUESTS_URL: httpUrl('guests'),
  ROOMS_URL: httpUrl('rooms'),
  SETTINGS_URL: httpUrl('settings'),
  HOUSEKEEPING_URL: httpUrl('housekeeping'),
  COMMAND_CENTER_URL: httpUrl('command-center'),
});

export interface Upstream {
  name: string;
  setting: keyof Static<typeof UpstreamSettings>;
  /** Path prefixes that need an access token. */
  prefixes: readonly string[];
  /** Path prefixes that anybody may ask. */
  publicPrefixes?: readonly string[];
}

export const UPSTREAMS: readonly Upstream[] = [
  { name: 'core', setting: 'CORE_URL', prefixes: ['/v1/properties', '/v1/users'], publicPrefixes: ['/v1/auth'] },
  {
    name: 'rooms', setting: 'ROOMS_URL',
    prefixes: ['/v1/room-types', '/v1/rooms', '/v1/rate-plans', '/v1/rates', '/v1/restrictions', '/v1/inventory', '/v1/availability'],
  },
  { name: 'reservations', setting: 'RESERVATIONS_URL', prefixes: ['/v1/reservations', '/v1/groups', '/v1/waitlist'] },
  { name: 'guests', setting: 'GUESTS_URL', prefixes: ['/v1/guests'] },
  { name: 'billing', setting: 'BILLING_URL', prefixes: ['/v1/billing'] },
  { name: 'housekeeping', setting: 'HOUSEKEEPING_URL', prefixes: ['/v1/housekeeping'] },
  { name: 'settings', setting: 'SETTINGS_URL', prefixes: ['/v1/settings'] },
  { name: 'command-center', setting: 'COMMAND_CENTER_URL', prefixes: ['/v1/commands', '/v1/schedules', '/v1/dead-letters', '/v1/analytics'] },
];
