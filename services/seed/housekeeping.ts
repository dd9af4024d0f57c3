/** Rows of the schema `housekeeping`: the state of each room as its guests and cleaners left it, and a task for every check-out. */
import { conditionAfter } from '../housekeeping/model/task.ts';
import type { RoomStatus } from '../housekeeping/model/room.ts';
import type { Room } from '../rooms/model/room.ts';
import type { Task } from '../housekeeping/model/task.ts';
import { EVENTS } from '../reservations/model/reservation.ts';
import type { BookingVersion } from './hotel/bookings.ts';
import type { Hotel } from './hotel/hotel.ts';
import type { EventRow, Row, SchemaRows } from './rows.ts';

const MINUTE = 60_000;
/** From check-out to each step of the cleaning. */
const STEPS = [{ state: 'assigned', minutes: 12 }, { state: 'in_progress', minutes: 30 }, { state: 'done', minutes: 62 }] as const;

export function housekeepingRows(hotel: Hotel): SchemaRows {
  const { house: { property, rooms }, bookings } = hotel;
  const moves = bookings.flatMap(({ versions }) => versions.filter(({ event }) => event === EVENTS.checkedIn || event === EVENTS.checkedOut)).sort(byMoment);
  const house = new Housekeeper(hotel);
  for (const move of moves) house.follow(move);
  house.finishUntil(Number.POSITIVE_INFINITY);
  return {
    service: 'housekeeping',
    tables: [
      { name: 'properties', rows: [{ id: property.id, business_date: property.business_date }] },
      { name: 'rooms', rows: rooms.map(({ id, property_id, room_type_id, number, floor }) => ({ id, property_id, room_type_id, number, floor, active: true, ...house.stateOf(id) })) },
      { name: 'tasks', rows: house.tasks },
    ],
    events: house.events,
    consumed: [
      { consumer: 'rooms', of: 'rooms', types: ['room.created'] },
      { consumer: 'reservations', of: 'reservations', types: [EVENTS.checkedIn, EVENTS.checkedOut] },
      { consumer: 'core', of: 'core', types: ['property.created', 'property.updated', 'property.business_date_advanced'] },
      { consumer: 'settings', of: 'settings', types: ['setting.changed'] },
    ],
  };
}

/** Of one moment who leaves comes first. */
function byMoment(one: BookingVersion, other: BookingVersion): number {
  return one.at - other.at || Number(one.event === EVENTS.checkedIn) - Number(other.event === EVENTS.checkedIn);
}

interface RoomState {
  condition: RoomStatus['condition'];
  occupied_by: string | null;
  version: number;
  updated_at: string;
}

/** What is still to be done in a room. */
interface Pending {
  at: number;
  run: () => void;
}

class Housekeeper {
  readonly tasks: Row[] = [];
  readonly events: EventRow[] = [];
  readonly #hotel: Hotel;
  readonly #rooms: ReadonlyMap<string, Room>;
  readonly #states: Map<string, RoomState>;
  /** In the order of time: every cleaning takes as long. */
  readonly #pending: Pending[] = [];

  constructor(hotel: Hotel) {
    this.#hotel = hotel;
    const { rooms, property } = hotel.house;
    this.#rooms = new Map(rooms.map((room) => [room.id, room]));
    this.#states = new Map(rooms.map(({ id }) => [id, { condition: 'clean', occupied_by: null, version: 1, updated_at: property.created_at }]));
  }

  stateOf(roomId: string): RoomState {
    const state = this.#states.get(roomId);
    if (!state) throw new Error(`A guest is in the room ${roomId}, which the house does not have.`);
    return state;
  }

  follow({ event, state: { id, room_id }, day, at }: BookingVersion): void {
    if (room_id === null) return;
    this.finishUntil(at);
    if (event === EVENTS.checkedIn) {
      this.#change(room_id, at, { occupied_by: id });
      return;
    }
    this.#change(room_id, at, { condition: 'dirty', occupied_by: null });
    this.#clean(room_id, id, this.#hotel.house.calendar.date(day), at);
  }

  finishUntil(at: number): void {
    while ((this.#pending[0]?.at ?? Infinity) < Math.min(at, this.#hotel.house.now)) this.#pending.shift()?.run();
  }

  /** The task as far as it has come by now. */
  #clean(roomId: string, reservationId: string, due_date: string, at: number): void {
    const { house: { property, now }, actor, random } = this.#hotel;
    const created_at = new Date(at).toISOString();
    let task: Task = {
      id: random.uuid(at), property_id: property.id, room_id: roomId, kind: 'checkout_clean', state: 'open', reservation_id: reservationId, due_date, assigned_to: null, note: '', version: 1,
      created_at, updated_at: created_at,
    };
    this.#announce('task.created', task.id, 1, task, at);
    for (const { state, minutes } of STEPS.filter((step) => actor !== null && at + step.minutes * MINUTE < now)) {
      const moment = at + minutes * MINUTE;
      task = { ...task, state, assigned_to: actor, version: task.version + 1, updated_at: new Date(moment).toISOString() };
      this.#announce('task.updated', task.id, task.version, task, moment);
    }
    if (task.state === 'done') this.#pending.push({ at: at + STEPS[2].minutes * MINUTE, run: () => this.#change(roomId, at + STEPS[2].minutes * MINUTE, { condition: conditionAfter(task.kind, false) ?? 'clean' }) });
    this.tasks.push({ ...task });
  }

  #change(roomId: string, at: number, change: Partial<RoomState>): void {
    const before = this.stateOf(roomId);
    const after = { ...before, ...change, version: before.version + 1, updated_at: new Date(at).toISOString() };
    this.#states.set(roomId, after);
    const room = this.#rooms.get(roomId);
    const status: RoomStatus = {
      room_id: roomId, property_id: this.#hotel.house.property.id, room_type_id: room?.room_type_id ?? null, number: room?.number ?? null, floor: room?.floor ?? null, active: true,
      condition: after.condition, occupied: after.occupied_by !== null, out_of_order: false, version: after.version,
    };
    this.#announce('room_status.changed', roomId, after.version, status, at);
  }

  #announce(type: string, aggregate_id: string, version: number, data: object, at: number): void {
    const { house: { property }, random } = this.#hotel;
    this.events.push({ id: random.uuid(at), type, aggregate_id, version, property_id: property.id, data, occurred_at: new Date(at).toISOString() });
  }
}
