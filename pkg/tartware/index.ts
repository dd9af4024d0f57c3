import { importTypes } from '@rancher/auto-import';
import type { IExtension } from '@shell/core/types';
import { registerProducts } from './product.ts';

/** Called once by Rancher after the bundle has loaded. */
export default function register(extension: IExtension): void {
  importTypes(extension);
  extension.metadata = require('./package.json');
  registerProducts(extension);
}
