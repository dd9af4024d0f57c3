import { defineDomainService } from '@tartware/kit/domain-service';
import type { Billing } from './actions/billing.ts';
import { guestEvents, propertyEvents, reservationEvents } from './actions/events.ts';
import { carryOn } from './actions/night-audit.ts';
import { folioRoutes } from './routes/folios.ts';
import { internalFolioRoutes } from './routes/internal-folios.ts';
import { invoiceRoutes } from './routes/invoices.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { nightAuditRoutes } from './routes/night-audits.ts';
import { paymentRoutes } from './routes/payments.ts';
import { taxRoutes } from './routes/taxes.ts';
import { runningAudits } from './store/night-audits.ts';

/** Whoever asks for a night audit waits this long at most before it begins. */
const AUDIT_EVERY_MS = 500;
/** Properties at once: their calls wait more than they work. */
const AUDITS_AT_ONCE = 4;

export const billing = defineDomainService({
  name: 'billing',
  migrations: new URL('./migrations/', import.meta.url),
  calls: ['core', 'reservations', 'guests', 'settings'],
  start: ({ database, services, log }) => {
    const own: Billing = { database, services, log };
    return {
      routes(app) {
        for (const add of [folioRoutes, paymentRoutes, invoiceRoutes, taxRoutes, ledgerRoutes, nightAuditRoutes]) add(app, own);
      },
      internalRoutes: (app) => internalFolioRoutes(app, own),
      consumers: [
        { topics: ['reservations'], handlers: reservationEvents(own) },
        { topics: ['guests'], handlers: guestEvents },
        { topics: ['core'], handlers: propertyEvents },
      ],
      jobs: [{ name: 'night-audits', everyMs: AUDIT_EVERY_MS, run: (signal) => auditAll(own, signal) }],
    };
  },
});

async function auditAll(own: Billing, signal: AbortSignal): Promise<void> {
  const waiting = await runningAudits(own.database);
  const work = async (): Promise<void> => {
    for (let run = waiting.shift(); run && !signal.aborted; run = waiting.shift()) await carryOn(own, run, signal);
  };
  await Promise.all(Array.from({ length: AUDITS_AT_ONCE }, work));
}
