/** Made by @rancher/shell's build: registers l10n (and what else lies in folders of known names). */
declare module '@rancher/auto-import' {
  import type { IExtension } from '@shell/core/types';

  export function importTypes(extension: IExtension): void;
}
