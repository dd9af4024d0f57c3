/** Nothing but the relay of schema `trial`, as a process that tests can kill. */
import { pino } from 'pino';
import { createSession } from '../loop-session.ts';
import { createMetrics } from '../metrics.ts';
import { startRelay } from '../relay.ts';

const { DATABASE_URL = '', KAFKA_BROKERS = '' } = process.env;
const log = pino();
const session = createSession({ url: DATABASE_URL, schema: 'trial', log });
const relay = startRelay({ session, schema: 'trial', service: 'trial', brokers: KAFKA_BROKERS.split(','), metrics: createMetrics(), log });

process.once('SIGTERM', () => void relay.close().then(() => session.close()).then(() => process.exit()));
// Started with a channel, it ends with its parent, however that ended.
process.once('disconnect', () => process.exit());
