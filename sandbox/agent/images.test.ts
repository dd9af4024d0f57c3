import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import { readImages, repositoryOf } from './images.ts';

function imagesFrom(content: string): ReturnType<typeof readImages> {
  const file = join(temporaryFolder(), 'images.json');
  writeFileSync(file, content);
  return readImages(file, '/repo');
}

test.each([
  ['tartware/core', 'tartware/core'],
  ['tartware/core:0.1.0', 'tartware/core'],
  ['registry:5000/tartware/core', 'registry:5000/tartware/core'],
  ['registry:5000/tartware/core:1@sha256:abc', 'registry:5000/tartware/core'],
])('the repository of %s is %s', (image, repository) => {
  expect(repositoryOf(image)).toBe(repository);
});

test('relative folders are relative to the root', () => {
  expect(imagesFrom('{"tartware/core": {"cwd": "services/core", "command": ["node", "main.ts"]}}').get('tartware/core')).toEqual({ cwd: '/repo/services/core', command: ['node', 'main.ts'] });
});

test.each(['{', '{"a": {"cwd": 1, "command": []}}', '{"a": null}'])('%s is refused', (content) => {
  expect(() => imagesFrom(content)).toThrow(expect.objectContaining({ code: 'INVALID_IMAGES' }));
});
