/** All that can be commanded, and which route of which service does it. The service checks again; what is checked here is refused before it is accepted. */
import { Type } from '@sinclair/typebox';
import type { TObject } from '@sinclair/typebox';
import { AmountMinor, Currency, Id, LocalDate, choice } from '@tartware/kit/resources';

export const CALLEES = ['rooms', 'reservations', 'guests', 'billing', 'housekeeping'] as const;
export type Callee = (typeof CALLEES)[number];

export interface Definition {
  name: string;
  description: string;
  service: Callee;
  method: 'POST' | 'PUT' | 'PATCH';
  /** With `:id` where the target goes; without it the command has no target. */
  path: string;
  payload: TObject;
  /** Whether the command names the version that it changes. */
  versioned?: boolean;
  /** Who may send it; writers unless told. */
  roles?: readonly string[];
}

const strict = { additionalProperties: false };
const Nothing = Type.Object({}, strict);
const Positive = Type.Integer({ ...AmountMinor, minimum: 1 });
const Description = Type.String({ minLength: 1, maxLength: 500, description: '1 to 500 characters' });
const Adults = Type.Integer({ minimum: 1, maximum: 50 });
const Children = Type.Integer({ minimum: 0, maximum: 50 });
const DateRange = { property_id: Id, room_type_id: Id, from: LocalDate, to: LocalDate };

const NewReservation = Type.Object({
  property_id: Id, guest_id: Id, room_type_id: Id, rate_plan_id: Id, arrival: LocalDate, departure: LocalDate, adults: Adults, children: Type.Optional(Children),
}, strict);
const ReservationChange = Type.Partial(Type.Object({ room_type_id: Id, rate_plan_id: Id, arrival: LocalDate, departure: LocalDate, adults: Adults, children: Children }), { ...strict, minProperties: 1 });
const Charge = Type.Object({ kind: choice(['room', 'food_beverage', 'other', 'cancellation_fee']), amount_minor: Positive, currency: Currency, description: Description }, strict);
const Payment = Type.Object({ method: choice(['cash', 'card', 'bank']), amount_minor: Positive, currency: Currency }, strict);
const Rates = Type.Object({ ...DateRange, rate_plan_id: Id, amount_minor: Type.Integer({ ...AmountMinor, minimum: 0 }) }, strict);
const Overbooking = Type.Object({ ...DateRange, overbooking: Type.Integer({ minimum: 0, maximum: 1_000 }) }, strict);

export const DEFINITIONS: readonly Definition[] = [
  { name: 'reservation.create', description: 'Books a room at its price.', service: 'reservations', method: 'POST', path: '/v1/reservations', payload: NewReservation },
  { name: 'reservation.change', description: 'Changes dates, room type or persons.', service: 'reservations', method: 'PATCH', path: '/v1/reservations/:id', payload: ReservationChange, versioned: true },
  { name: 'reservation.cancel', description: 'Cancels, with the fee of the booking\'s policy.', service: 'reservations', method: 'POST', path: '/v1/reservations/:id/cancel', payload: Nothing },
  { name: 'reservation.assign_room', description: 'Gives a stay its room.', service: 'reservations', method: 'POST', path: '/v1/reservations/:id/assign-room', payload: Type.Object({ room_id: Id }, strict) },
  { name: 'reservation.unassign_room', description: 'Takes a stay\'s room back.', service: 'reservations', method: 'POST', path: '/v1/reservations/:id/unassign-room', payload: Nothing },
  { name: 'reservation.check_in', description: 'Checks a guest in.', service: 'reservations', method: 'POST', path: '/v1/reservations/:id/check-in', payload: Nothing },
  {
    name: 'reservation.check_out', description: 'Closes the folio and checks the guest out.', service: 'reservations', method: 'POST', path: '/v1/reservations/:id/check-out',
    payload: Type.Object({ settlement: Type.Optional(choice(['paid', 'city_ledger'])) }, strict),
  },
  { name: 'group.cancel', description: 'Cancels a group and its reservations.', service: 'reservations', method: 'POST', path: '/v1/groups/:id/cancel', payload: Nothing },
  { name: 'guest.merge', description: 'Merges a profile into another.', service: 'guests', method: 'POST', path: '/v1/guests/:id/merge', payload: Type.Object({ into: Id }, strict) },
  { name: 'guest.erase', description: 'Erases a profile at the guest\'s request.', service: 'guests', method: 'POST', path: '/v1/guests/:id/erase', payload: Nothing, roles: ['manager'] },
  { name: 'folio.charge', description: 'Charges a folio, with tax.', service: 'billing', method: 'POST', path: '/v1/billing/folios/:id/charges', payload: Charge },
  { name: 'folio.pay', description: 'Takes a payment.', service: 'billing', method: 'POST', path: '/v1/billing/folios/:id/payments', payload: Payment },
  { name: 'folio.invoice', description: 'Issues an invoice.', service: 'billing', method: 'POST', path: '/v1/billing/folios/:id/invoices', payload: Nothing },
  { name: 'property.audit_night', description: 'Audits the night and moves the business date on.', service: 'billing', method: 'POST', path: '/v1/billing/night-audits', payload: Type.Object({ property_id: Id }, strict) },
  { name: 'rates.set', description: 'Sets the rates of a range of nights.', service: 'rooms', method: 'PUT', path: '/v1/rates', payload: Rates },
  { name: 'inventory.set_overbooking', description: 'Sets how many rooms may be sold beyond those there are.', service: 'rooms', method: 'PUT', path: '/v1/inventory', payload: Overbooking },
  { name: 'task.assign', description: 'Gives a housekeeping task to somebody.', service: 'housekeeping', method: 'POST', path: '/v1/housekeeping/tasks/:id/assign', payload: Type.Object({ assigned_to: Id }, strict) },
  { name: 'task.start', description: 'Begins a housekeeping task.', service: 'housekeeping', method: 'POST', path: '/v1/housekeeping/tasks/:id/start', payload: Nothing },
  { name: 'task.complete', description: 'Ends a housekeeping task.', service: 'housekeeping', method: 'POST', path: '/v1/housekeeping/tasks/:id/complete', payload: Nothing },
  { name: 'task.cancel', description: 'Drops a housekeeping task.', service: 'housekeeping', method: 'POST', path: '/v1/housekeeping/tasks/:id/cancel', payload: Nothing },
];

const BY_NAME = new Map(DEFINITIONS.map((definition) => [definition.name, definition]));

export function definitionOf(name: string): Definition | undefined {
  return BY_NAME.get(name);
}

export function hasTarget({ path }: Pick<Definition, 'path'>): boolean {
  return path.includes(':id');
}
