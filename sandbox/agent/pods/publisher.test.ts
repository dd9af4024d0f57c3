import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { Publisher } from './publisher.ts';

test('changes at once are published once, later ones again, never two at a time', async () => {
  let open = 0;
  const publish = vi.fn(async () => {
    open += 1;
    expect(open).toBe(1);
    await sleep(20);
    open -= 1;
  });
  const publisher = new Publisher(publish, () => undefined);
  publisher.changed();
  publisher.changed();
  await vi.waitFor(() => expect(publish).toHaveBeenCalledTimes(1));
  publisher.changed();
  await publisher.close();
  expect(publish).toHaveBeenCalledTimes(2);
});

test('what fails is reported and tried again', async () => {
  const errors: unknown[] = [];
  const publish = vi.fn().mockRejectedValueOnce(new Error('no network')).mockResolvedValue(undefined);
  const publisher = new Publisher(publish, (error) => errors.push(error));
  publisher.changed();
  await publisher.close();
  expect(publish).toHaveBeenCalledTimes(2);
  expect(errors).toEqual([new Error('no network')]);
});

test('an abandoned publisher is quiet', async () => {
  const publish = vi.fn();
  const publisher = new Publisher(publish, () => undefined);
  publisher.abandon();
  publisher.changed();
  await sleep(80);
  expect(publish).not.toHaveBeenCalled();
});
