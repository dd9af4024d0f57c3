import { Type } from '@sinclair/typebox';
import type { Static, TInteger } from '@sinclair/typebox';
import { addFormat, milliseconds } from '@tartware/kit';
import { TracingSettings } from '@tartware/kit/domain-settings';
import { UpstreamSettings } from './upstreams.ts';

addFormat('redis-urls', (text) => text === '' || text.split(',').every((url) => URL.canParse(url) && ['redis:', 'rediss:'].includes(new URL(url).protocol)));

function count(standard: number, what: string, minimum = 1): TInteger {
  return Type.Integer({ default: standard, minimum, maximum: 1_000_000_000, description: `Set ${what}: a whole number of at least ${minimum}.` });
}

export const Settings = Type.Object({
  ...UpstreamSettings.properties,
  REQUEST_DEADLINE_MS: milliseconds(10_000, 'an upstream may take to answer'),
  REDIS_URLS: Type.String({
    default: '', format: 'redis-urls', secret: true, description: 'Set addresses of the Redis cluster, such as redis://10.0.0.1:6379,redis://10.0.0.2:6379; leave it out to limit in each pod alone.',
  }),
  TENANT_READS_PER_SECOND: count(5_000, 'how many reads a tenant may make in a second'),
  TENANT_WRITES_PER_SECOND: count(1_000, 'how many writes a tenant may make in a second'),
  SIGN_IN_ATTEMPTS: count(20, 'how often somebody may try to sign in within the window, by address and e-mail'),
  SIGN_IN_WINDOW_MS: milliseconds(60_000, 'the window of sign-in attempts lasts'),
  UPSTREAM_MAX_IN_FLIGHT: count(512, 'how many requests one upstream may have from this pod at a time'),
  MAX_EVENT_LOOP_DELAY_MS: milliseconds(500, 'the event loop may lag before requests are turned away'),
  MAX_BODY_BYTES: count(1_048_576, 'how many bytes a body may have'),
  TRUSTED_PROXY_HOPS: count(0, 'how many proxies stand before the gateway and add to x-forwarded-for', 0),
  ...TracingSettings.properties,
  TRACE_SAMPLE_RATIO: Type.Number({ default: 0.01, minimum: 0, maximum: 1, description: 'Set the share of requests that is traced: a number from 0 to 1.' }),
});
export type Settings = Static<typeof Settings>;
