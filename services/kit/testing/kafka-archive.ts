/** Makes Kafka ready to start: fetched, formatted, and with its classes in an archive of the JVM, which halves every later start. */
import { access, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-ports.ts';
import { STARTED, kafkaCommand, laySeat } from './kafka-broker.ts';
import type { KafkaSeat } from './kafka-broker.ts';
import { classArchive, findKafka } from './kafka-install.ts';
import { spawnStore, waitForStore } from './store-process.ts';

const STARTED_WITHIN_MS = 90_000;
const ENDED_WITHIN_MS = 60_000;

/**
 * Lays what a broker needs below `dataDir`. The first time on a machine it fetches Kafka and runs a broker once for the archive (some 20 s).
 * @param signal ends the fetching early
 * @throws Error when Kafka's jars cannot be had
 */
export async function layKafka(seat: KafkaSeat, signal?: AbortSignal): Promise<void> {
  const { formatted } = await findKafka(signal);
  const hasArchive = await access(classArchive()).then(() => true, () => false);
  if (!hasArchive) await archiveClasses(formatted);
  await laySeat(seat, formatted);
}

/** Without an archive brokers only start more slowly: a run that makes none is no error. Of several at once the last one's stays. */
async function archiveClasses(formatted: string): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tartware-kafka-'));
  const fresh = `${classArchive()}.${process.pid}`;
  try {
    const [port = 0, controllerPort = 0] = await freePorts(2);
    await laySeat({ dataDir, port, controllerPort }, formatted);
    const broker = spawnStore(kafkaCommand(dataDir, fresh));
    await waitForStore('Kafka', [broker], async () => Promise.resolve(broker.lines.some((line) => line.includes(STARTED))), STARTED_WITHIN_MS)
      .finally(async () => broker.end(ENDED_WITHIN_MS));
    await rename(fresh, classArchive());
  } catch {
    await rm(fresh, { force: true });
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}
