import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderExtensions } from './folder-extensions.ts';
import { temporaryFolder } from '../../testing/folder.ts';

function folderWith(extensions: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(extensions)) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'uiplugin.json'), content);
  }
  return folder;
}

const TARTWARE = { name: 'tartware', version: '0.1.0', metadata: { 'catalog.cattle.io/ui-extensions-version': '>= 3.0.12 < 4.0.0' } };

describe('the index of the extensions in a folder', () => {
  it('describes each as Rancher does, with an endpoint that isn\'t empty', async () => {
    expect(await folderExtensions(folderWith({ 'tartware-0.1.0': JSON.stringify(TARTWARE) })).entries()).toEqual([
      { ...TARTWARE, endpoint: '/v1/uiplugins/tartware/0.1.0/plugin', noCache: false, noAuth: false },
    ]);
  });

  it('leaves out folders that aren\'t whole, and goes on', async () => {
    const folder = folderWith({ 'tartware-0.1.0': JSON.stringify(TARTWARE), broken: '{', empty: '{}', 'tartware-0.2.0': JSON.stringify(TARTWARE) });
    mkdirSync(join(folder, 'nothing'));
    writeFileSync(join(folder, 'file'), '');
    expect((await folderExtensions(folder).entries()).map(({ version }) => version)).toEqual(['0.1.0']);
  });
});
