/** The waitlist: whoever waits is offered what came free, the longest waiting first. */
import { findLapsed, findToLookAt, endEntry, getEntry, lookAgain, lookAt, offerTo, takeLook } from '../store/waitlist.ts';
import type { EntryKey } from '../store/waitlist.ts';
import { findOffer, settingsOf } from './ask.ts';
import { callsOf, isRefusal } from './carry.ts';
import type { Engine } from './carry.ts';
import { SWEEPER } from './sweep.ts';

const AT_ONCE = 50;

/** One run of the job. */
export async function offerWhatIsFree(engine: Engine, signal: AbortSignal): Promise<void> {
  const [lapsed, waiting] = await engine.database.transaction(SWEEPER, (transaction) => Promise.all([findLapsed(transaction, AT_ONCE), findToLookAt(transaction, AT_ONCE)]));
  for (const entry of lapsed) {
    await endOffer(engine, entry);
  }
  for (const entry of waiting) {
    if (signal.aborted) {
      return;
    }
    await offerOne(engine, entry).catch((err: unknown) => engine.log.warn({ err, entry: entry.id }, 'a waitlist entry could not be looked at; it is tried again'));
  }
}

/** Nobody took it up: whoever else waits for these nights is looked at. */
async function endOffer({ database }: Engine, { tenant_id, id }: EntryKey): Promise<void> {
  await database.withTenant(tenant_id, async (transaction) => {
    const entry = await getEntry(transaction, id);
    if (entry && (await endEntry(transaction, id, 'expired'))) {
      await lookAt(transaction, { property_id: entry.property_id, room_type_id: entry.room_type_id, from: entry.arrival, to: entry.departure });
    }
  });
}

async function offerOne(engine: Engine, { tenant_id, id }: EntryKey): Promise<void> {
  const entry = await engine.database.withTenant(tenant_id, (transaction) => takeLook(transaction, id));
  if (!entry) {
    return;
  }
  try {
    const calls = callsOf(engine, tenant_id);
    const [offer, settings] = await Promise.all([findOffer(calls, entry), settingsOf(calls, entry.property_id)]);
    if (offer) {
      const { currency, nights, total_minor, cancellation_policy, available } = offer;
      const minutes = settings['reservations.waitlist_offer_minutes'];
      await engine.database.withTenant(tenant_id, (transaction) => offerTo(transaction, id, { offer: { currency, nights, total_minor, cancellation_policy }, available, minutes }));
    }
  } catch (error) {
    if (isRefusal(error)) {
      // Rooms sells no such nights: only when it says that something changed it is asked again.
      return;
    }
    await engine.database.withTenant(tenant_id, (transaction) => lookAgain(transaction, id));
    throw error;
  }
}
