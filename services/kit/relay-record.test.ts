import { describe, expect, it } from 'vitest';
import { apart, cut } from './relay-record.ts';
import type { OutboxRow } from './relay-record.ts';

const ID = '0199aaaa-0000-7000-8000-000000000001';

const row = (sequence: number, bytes: number): OutboxRow => ({
  sequence: String(sequence), id: ID, type: 'note.changed', tenant_id: ID, aggregate_id: ID, version: String(sequence), property_id: null,
  // Two bytes each: what counts is what travels.
  data: JSON.stringify({ text: 'é'.repeat(bytes / 2) }), trace: null, occurred_at: '2027-03-27T10:00:00.000Z',
});
const sizes = (records: readonly { value: string }[]): number => records.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0);

describe('rows of the outbox', () => {
  it('that are small go as one piece, in their order', () => {
    const pieces = cut('trial', Array.from({ length: 500 }, (_, index) => row(index + 1, 100)));
    expect(pieces).toHaveLength(1);
    expect(pieces[0]?.sequences).toEqual(Array.from({ length: 500 }, (_, index) => String(index + 1)));
    expect(JSON.parse(pieces[0]?.records[1]?.value ?? '')).toMatchObject({ version: 2, data: { text: 'é'.repeat(50) } });
  });

  it('that are large go in pieces below a megabyte, none lost and none before its turn', () => {
    const rows = Array.from({ length: 120 }, (_, index) => row(index + 1, 15_000 + 2_000 * (index % 7)));
    const pieces = cut('trial', rows);
    expect(pieces.flatMap(({ sequences }) => sequences)).toEqual(rows.map(({ sequence }) => sequence));
    for (const { records } of pieces) expect(sizes(records)).toBeLessThan(700_000);
    expect(pieces.length).toBeLessThan(6);
  });

  it('that are larger than a piece should be go by themselves', () => {
    expect(cut('trial', [row(1, 10), row(2, 3_000_000), row(3, 10), row(4, 10)]).map(({ sequences }) => sequences)).toEqual([['1'], ['2'], ['3', '4']]);
  });

  it('can be taken apart', () => {
    const [piece] = cut('trial', [row(1, 10), row(2, 10)]);
    expect(apart(piece!).map(({ sequences, records }) => [sequences, records.length])).toEqual([[['1'], 1], [['2'], 1]]);
  });
});
