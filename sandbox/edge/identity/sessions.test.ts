import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sandboxUsers } from '../../rancher/users.ts';
import { SessionStore } from './sessions.ts';

const [admin] = sandboxUsers({ admin: 'a', viewer: 'b' });
const TTL = 1_000;

describe('sessions', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('are found by their token alone', () => {
    const store = new SessionStore(TTL);
    const session = store.start(admin!);
    expect(store.find(session.token)).toBe(session);
    expect(store.find(undefined)).toBeUndefined();
    expect(store.find('')).toBeUndefined();
    expect(store.find('constructor')).toBeUndefined();
  });

  it('have tokens that don\'t repeat and hold 256 bits', () => {
    const store = new SessionStore(TTL);
    const tokens = Array.from({ length: 100 }, () => store.start(admin!).token);
    expect(new Set(tokens).size).toBe(100);
    expect(Buffer.from(tokens[0]!, 'base64url')).toHaveLength(32);
  });

  it('end when their time is over, used or not, and tell what they opened', () => {
    const store = new SessionStore(TTL);
    const session = store.start(admin!);
    vi.advanceTimersByTime(TTL - 1);
    expect(store.find(session.token)).toBe(session);
    expect(session.ended.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(store.find(session.token)).toBeUndefined();
    expect(session.ended.aborted).toBe(true);
  });

  it('end when signed out, and leave others alone', () => {
    const store = new SessionStore(TTL);
    const [left, right] = [store.start(admin!), store.start(admin!)];
    store.end(left.token);
    expect([left.ended.aborted, right.ended.aborted]).toEqual([true, false]);
    expect(store.find(right.token)).toBe(right);
  });
});
