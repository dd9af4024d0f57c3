/** Attacks that need no chance: each is made on every operation. */
import { connect } from 'node:net';
import { once } from 'node:events';
import { exampleOf } from '../openapi-example.ts';
import { codeOf, faultOf } from './fuzz-answers.ts';
import type { Answered, Asked } from './fuzz-answers.ts';
import type { Target } from './fuzz.ts';
import { asSchema, wellFormed, without } from './fuzz-values.ts';
import { createTestKey } from './signing.ts';
import type { TestKey } from './signing.ts';

export interface AttackTokens {
  /** Of a role that may write. */
  valid: string;
  expired: string;
  /** Names a key of core and is signed by another. */
  forged: string;
  /** Properly signed, of a tenant that nobody knows. */
  unknownTenant: string;
}

/** @param key whose public part the service takes for core's; @param claims of the valid token, such as `{ role: 'service' }` */
export function attackTokens(key: TestKey, claims: Record<string, unknown> = {}): AttackTokens {
  return {
    valid: key.token({ exp: Math.floor(Date.now() / 1000) + 3_600, ...claims }),
    expired: key.token({ ...claims, exp: Math.floor(Date.now() / 1000) - 3_600 }),
    forged: createTestKey('forger').token(claims, key.published.kid),
    unknownTenant: key.token({ exp: Math.floor(Date.now() / 1000) + 3_600, ...claims, tenant_id: '0199dead-0000-7000-8000-00000000dead' }),
  };
}

const INJECTIONS = [
  '\' or \'1\'=\'1', '\'; drop table outbox; --', '") or 1=1 --', '1; select pg_sleep(9)', '${jndi:ldap://127.0.0.1/a}', '{"$gt":""}', '../../../../etc/passwd', '%00', '%0d%0aset-cookie: a=b',
  'line\r\n{"level":"fatal","msg":"forged"}', '\u001b[2J', '\u202etxet', '\u0000', '\ud800', '<script>alert(1)</script>', '😀'.repeat(40), 'NaN', '-1', '1e999', '00000000-0000-0000-0000-000000000000',
];

type Send = (url: string, asked: Asked) => Promise<Answered>;

/** @returns what was found, one line each */
export async function attacksOn(url: string, target: Target, tokens: AttackTokens, send: Send): Promise<string[]> {
  const findings: string[] = [];
  const attack = async (name: string, asked: Asked, ...wanted: string[]): Promise<void> => {
    const answer = await send(url, asked).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
    const fault = answer instanceof Error ? `was not answered: ${String(answer.cause ?? answer)}` : faultOf(target.operation, answer) ?? unwanted(answer, wanted);
    if (fault !== undefined) findings.push(`${name}: ${asked.method} ${asked.path} ${fault}`);
  };
  await attackTokensOf(target, tokens, attack);
  await attackBody(target, tokens, attack);
  for (const text of INJECTIONS) {
    for (const asked of injected(target, tokens.valid, text)) await attack(`injected ${JSON.stringify(text).slice(0, 40)}`, asked);
  }
  await breakOff(url, target, tokens.valid);
  await attack('after a request that broke off', plain(target, tokens.valid));
  return findings;
}

type Attack = (name: string, asked: Asked, ...wanted: string[]) => Promise<void>;

/** @param wanted such as `401 token_expired`; nothing for anything that is no fault */
function unwanted(answer: Answered, wanted: readonly string[]): string | undefined {
  const got = `${answer.status} ${codeOf(answer) ?? ''}`;
  return wanted.length === 0 || wanted.includes(got) ? undefined : `answered ${got}, not ${wanted.join(' or ')}`;
}

async function attackTokensOf(target: Target, tokens: AttackTokens, attack: Attack): Promise<void> {
  if (target.operation.security.length === 0) return;
  const headers = without(plain(target, '').headers, 'authorization');
  await attack('no token', { ...plain(target, ''), headers }, '401 token_missing');
  await attack('another scheme', { ...plain(target, ''), headers: { ...headers, authorization: 'Basic YTpi' } }, '401 token_malformed');
  await attack('an expired token', plain(target, tokens.expired), '401 token_expired');
  await attack('a forged token', plain(target, tokens.forged), '401 token_invalid');
  await attack('an unknown tenant', plain(target, tokens.unknownTenant));
}

async function attackBody(target: Target, tokens: AttackTokens, attack: Attack): Promise<void> {
  const asked = plain(target, tokens.valid);
  if (asked.body === undefined) return;
  const withBody = (body: string, type = 'application/json'): Asked => ({ ...asked, body, headers: { ...asked.headers, 'content-type': type } });
  await attack('a body too large', withBody(JSON.stringify({ filler: 'x'.repeat(300 * 1024) })), '413 body_too_large');
  await attack('a truncated body', withBody(asked.body.slice(0, Math.max(1, asked.body.length - 1))), '400 body_malformed');
  await attack('an empty body', withBody(''), '400 body_malformed', '400 validation_failed');
  await attack('another media type', withBody('a=b', 'application/x-www-form-urlencoded'), '415 media_type_unsupported');
  await attack('a prototype', withBody(`{"__proto__":{"admin":true},${asked.body.slice(1)}`), '400 body_malformed');
  await attack('deep nesting', withBody(`${'['.repeat(50_000)}${']'.repeat(50_000)}`), '400 validation_failed');
  await attack('a text for a body', withBody('"text"'), '400 validation_failed');
}

function plain({ method, path, operation }: Target, token: string): Asked {
  const filled = operation.parameters.filter(({ in: place }) => place === 'path').reduce((text, { name, schema }) => text.replace(`{${name}}`, encodeURIComponent(String(exampleOf(schema)))), path);
  const query = new URLSearchParams(operation.parameters.filter(({ in: place, required }) => place === 'query' && required).map(({ name, schema }) => [name, String(exampleOf(schema))]));
  const headers = Object.fromEntries(operation.parameters.filter(({ in: place, required }) => place === 'header' && required).map(({ name, schema }) => [name.toLowerCase(), String(exampleOf(schema))]));
  const body = operation.requestBody?.content['application/json'];
  return {
    method, path: query.size === 0 ? filled : `${filled}?${query.toString()}`,
    headers: { ...headers, authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body.example ?? exampleOf(body.schema)) } : {}),
  };
}

/** The text in each place of its own: every path part, query parameter, text field, and two headers. */
function injected(target: Target, token: string, text: string): Asked[] {
  const asked = plain(target, token);
  const encoded = encodeURIComponent(wellFormed(text));
  const inPath = target.operation.parameters.some(({ in: place }) => place === 'path') ? [{ ...asked, path: target.path.replace(/\{\w+\}/g, () => encoded) }] : [];
  const inQuery = target.operation.parameters.filter(({ in: place }) => place === 'query').map(({ name }) => ({ ...asked, path: `${asked.path}${asked.path.includes('?') ? '&' : '?'}${name}=${encoded}` }));
  const body: unknown = asked.body === undefined ? undefined : JSON.parse(asked.body);
  const inBody = Object.entries(asSchema(body)).filter(([, value]) => typeof value === 'string').map(([name]) => ({ ...asked, body: JSON.stringify({ ...asSchema(body), [name]: text }) }));
  const printable = text.replace(/[^\x20-\x7e]/g, '');
  return [...inPath, ...inQuery, ...inBody, { ...asked, headers: { ...asked.headers, 'x-request-id': printable, 'x-tenant-id': printable } }];
}

/** A client that promises a body, sends a part of it and leaves. */
async function breakOff(url: string, target: Target, token: string): Promise<void> {
  const { method, path, headers } = plain(target, token);
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const lines = Object.entries({ host: hostname, ...headers, 'content-length': '1000' }).map(([name, value]) => `${name}: ${value}`);
  socket.end(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n{"part":`);
  socket.resume();
  await once(socket, 'close').catch(() => undefined);
}
