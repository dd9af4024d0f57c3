/** The services that may ask for tokens of their own, each with its secret. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { unauthorized } from '@tartware/kit';
import type { Problem } from '@tartware/kit';

/** Name to secret. */
export type ServiceClients = ReadonlyMap<string, string>;

/** A secret may hold anything but a comma; 16 characters or more. */
const FORM = /^([a-z][a-z-]{1,40})=([^,]{16,200})$/;

/** @param text such as `rooms=<secret>,billing=<secret>`; empty for none */
export function isServiceClients(text: string): boolean {
  return text === '' || text.split(',').every((part) => FORM.test(part));
}

/** @param text as `isServiceClients` takes it */
export function readServiceClients(text: string): ServiceClients {
  return new Map(text.split(',').flatMap((part) => {
    const [, name, secret] = FORM.exec(part) ?? [];
    return name === undefined || secret === undefined ? [] : [[name, secret] as const];
  }));
}

/**
 * @param authorization `Basic` with the service's name and secret (RFC 6749, 2.3.1)
 * @returns the service's name
 * @throws Problem 401
 */
export function authenticateClient(clients: ServiceClients, authorization: string | undefined): string {
  const [scheme, credentials = ''] = (authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic') {
    throw refused();
  }
  const [name = '', ...rest] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
  const secret = clients.get(name);
  // Compared also when the name is unknown, so that the time tells nothing.
  if (!sameText(rest.join(':'), secret ?? '') || secret === undefined) {
    throw refused();
  }
  return name;
}

function refused(): Problem {
  return unauthorized('client_wrong', 'The service\'s name or its secret is wrong.', 'Set SERVICE_CLIENT_SECRET of the service to what SERVICE_CLIENTS of core says.');
}

/** Hashes are of one length, which timingSafeEqual wants. */
function sameText(one: string, other: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}
