import { describe, expect, it } from 'vitest';
import { authenticateClient, isServiceClients, readServiceClients } from './service-clients.ts';

const SECRET = 'a-secret:with=signs';
const clients = readServiceClients(`rooms=${SECRET},billing=another-secret-1234`);
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('service clients', () => {
  it.each(['', 'rooms=0123456789abcdef', 'rooms=0123456789abcdef,command-center=0123456789=bcdef'])('takes %j', (text) => expect(isServiceClients(text)).toBe(true));

  it.each(['rooms', 'rooms=short', 'Rooms=0123456789abcdef', 'rooms=0123456789abcdef,'])('refuses %j', (text) => expect(isServiceClients(text)).toBe(false));

  it('knows a service by its secret', () => expect(authenticateClient(clients, basic(`rooms:${SECRET}`))).toBe('rooms'));

  it.each([
    ['nothing', undefined],
    ['a bearer token', 'Bearer x'],
    ['another\'s secret', basic(`billing:${SECRET}`)],
    ['an unknown name', basic(`guests:${SECRET}`)],
    ['an unknown name without a secret', basic('guests:')],
    ['no secret', basic('rooms')],
    ['what is not base64', 'Basic ~~~'],
  ])('refuses %s', (_name, header) => {
    expect(() => authenticateClient(clients, header)).toThrow(expect.objectContaining({ status: 401, code: 'client_wrong' }));
  });
});
