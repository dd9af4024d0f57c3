/** Looking at what consumers gave up on, and dealing with it: sent again to the one consumer, once its cause is mended, or discarded. */
import { Type } from '@sinclair/typebox';
import { Problem, notFound, unavailable } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import type { Database, Transaction } from '@tartware/kit/database';
import { ONLY_FOR_HEADER } from '@tartware/kit/events';
import { idempotent } from '@tartware/kit/idempotency';
import type { Publisher } from '@tartware/kit/publisher';
import { ById, Id, SortedPageQuery, decodeCursor, encodeCursor, pageOf, toPage } from '@tartware/kit/resources';
import { DeadLetter, Status } from './dead-letter.ts';
import { getLetter, listLetters, resolveLetter } from './store.ts';

const Query = Type.Object({
  ...SortedPageQuery.properties, status: Type.Optional(Status),
  consumer: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: '<service>/<consumer> that could not handle it', examples: ['billing/reservations'] })),
});
const Cursor = Type.Tuple([Type.String({ format: 'date-time' }), Id]);

/** `app` is behind `requireToken`. @param publisher undefined where no Kafka is set */
export function deadLetterRoutes(app: App, database: Database, publisher: Publisher | undefined): void {
  app.get('/v1/dead-letters', { schema: { summary: 'List dead letters', querystring: Query, response: { 200: pageOf(DeadLetter) } } }, async (request) => {
    const { limit, cursor, ...filter } = request.query;
    const after = cursor === undefined ? undefined : decodeCursor(cursor, Cursor);
    const found = await database.withTenant(claimsOf(request).tenant_id, (transaction) => listLetters(transaction, filter, after, limit + 1));
    return toPage(found, limit, ({ failed_at, id }) => encodeCursor([new Date(failed_at).toISOString(), id]));
  });

  app.get('/v1/dead-letters/:id', { schema: { summary: 'Read a dead letter', params: ById, response: { 200: DeadLetter } } }, async (request) =>
    existing(await database.withTenant(claimsOf(request).tenant_id, (transaction) => getLetter(transaction, request.params.id))));

  app.post('/v1/dead-letters/:id/replay', { schema: { summary: 'Send an event again to the consumer that gave it up', params: ById, response: { 200: DeadLetter } } }, (request, reply) => {
    const { sub } = requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => {
      const letter = await takeOpen(transaction, request.params.id, 'replayed');
      // Before it is noted: when the note fails it is sent twice, and the consumer knows it the second time.
      await send(publisher, letter);
      return { status: 200, body: await resolveLetter(transaction, letter.id, 'replayed', sub) };
    });
  });

  app.post('/v1/dead-letters/:id/discard', { schema: { summary: 'Discard an event', params: ById, response: { 200: DeadLetter } } }, (request, reply) => {
    const { sub } = requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => {
      const { id } = await takeOpen(transaction, request.params.id, 'discarded');
      return { status: 200, body: await resolveLetter(transaction, id, 'discarded', sub) };
    });
  });
}

async function send(publisher: Publisher | undefined, { consumer, record: { topic, key, value } }: DeadLetter): Promise<void> {
  try {
    if (!publisher) throw new Error('KAFKA_BROKERS is not set.');
    await publisher.publish([{ topic, key, value, headers: { [ONLY_FOR_HEADER]: consumer } }]);
  } catch (cause) {
    throw unavailable('kafka_unavailable', 'Kafka cannot be reached: the event was not sent.', cause);
  }
}

function existing(letter: DeadLetter | undefined): DeadLetter {
  if (!letter) {
    throw notFound('This dead letter');
  }
  return letter;
}

async function takeOpen(transaction: Transaction, id: string, done: string): Promise<DeadLetter> {
  const letter = existing(await getLetter(transaction, id, { lock: true }));
  if (letter.status !== 'open') {
    throw new Problem({
      status: 409, code: 'transition_illegal', message: `A dead letter that is ${letter.status} cannot be ${done}.`,
      hint: 'An event that fails again after a replay comes as a new dead letter: look for one that is open.',
    });
  }
  return letter;
}
