/** Rows of the outbox as records of Kafka, in pieces that Kafka takes. */
import { topicOf } from './events.ts';
import type { OutgoingRecord } from './relay-publisher.ts';

export interface OutboxRow {
  /** A bigint, as text. */
  sequence: string;
  id: string;
  type: string;
  tenant_id: string;
  aggregate_id: string;
  /** A bigint, as text. */
  version: string;
  property_id: string | null;
  /** JSON, as text. */
  data: string;
  trace: string | null;
  occurred_at: string;
}

/** What is sent together. */
export interface Piece {
  sequences: string[];
  records: OutgoingRecord[];
}

/** All of a piece may be of one partition and so one record batch, and Kafka takes 1 MB of that unless a topic says otherwise. */
const PIECE_BYTES = 700_000;
/** Of a record beside its value, generously: key, offsets and lengths. */
const RECORD_BYTES = 100;

/** In the order of the rows. A row that is larger than a piece should be is a piece by itself. */
export function cut(service: string, rows: readonly OutboxRow[]): Piece[] {
  const pieces: Piece[] = [];
  let room = 0;
  for (const row of rows) {
    const record = toRecord(service, row);
    const bytes = Buffer.byteLength(record.value) + RECORD_BYTES;
    const last = pieces.at(-1);
    if (last && bytes <= room) {
      last.sequences.push(row.sequence);
      last.records.push(record);
      room -= bytes;
    } else {
      pieces.push({ sequences: [row.sequence], records: [record] });
      room = PIECE_BYTES - bytes;
    }
  }
  return pieces;
}

/** Each row by itself. */
export function apart({ sequences, records }: Piece): Piece[] {
  return records.map((record, index) => ({ sequences: sequences.slice(index, index + 1), records: [record] }));
}

/** `data` is JSON already: it is put in as it is, never parsed and written again. */
function toRecord(service: string, row: OutboxRow): OutgoingRecord {
  const { id, type, tenant_id, aggregate_id, version, property_id, occurred_at, trace } = row;
  const head = JSON.stringify({ id, type, tenant_id, aggregate_id, version: Number(version), property_id, occurred_at, ...(trace === null ? {} : { trace }) });
  return { topic: topicOf(service), key: aggregate_id, value: `${head.slice(0, -1)},"data":${row.data}}` };
}
