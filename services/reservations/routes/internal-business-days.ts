import { Type } from '@sinclair/typebox';
import type { App } from '@tartware/kit';
import { claimsOf } from '@tartware/kit/authenticate';
import { AmountMinor, Currency, Id, LocalDate } from '@tartware/kit/resources';
import type { Engine } from '../operations/carry.ts';
import { closeDay } from '../operations/close-day.ts';

const Close = Type.Object({ property_id: Id, date: LocalDate }, { additionalProperties: false });
const ClosedDay = Type.Object({
  date: LocalDate,
  in_house: Type.Array(Type.Object({ reservation_id: Id, room_id: Id, guest_id: Id, amount_minor: AmountMinor, currency: Currency })),
  no_shows: Type.Array(Type.Object({ reservation_id: Id, guest_id: Id, fee_minor: AmountMinor, currency: Currency })),
});

/** `app` is behind `requireToken` and takes tokens of services only. What is kept per day makes it happen once; an idempotency key adds nothing. */
export function internalBusinessDayRoutes(app: App, engine: Engine): void {
  app.post('/internal/business-days/close', { schema: { body: Close, response: { 200: ClosedDay } } }, (request) => {
    const { tenant_id, sub } = claimsOf(request);
    return closeDay(engine, tenant_id, { ...request.body, by: sub });
  });
}
