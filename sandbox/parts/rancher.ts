import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { adminKubeconfig } from '../kubectl.ts';
import { REPOSITORY } from '../paths.ts';
import { answersOk } from '../probe.ts';
import { USERS_FILE } from '../sign-ins.ts';
import { dashboardLink, extensionsFolder } from '../steps/build.ts';
import type { Part } from '../supervisor/part.ts';

/** Rancher's own API server over Kubernetes: schemas, counts, watches for the dashboard. */
const steve: Part = {
  kind: 'part',
  name: 'steve',
  needs: ['rancher-objects'],
  ports: ['steve'],
  readyWithinMs: 60_000,
  stopWithinMs: 10_000,
  command: (context) => {
    mkdirSync(context.state('steve'), { recursive: true });
    return {
      file: join(context.bin, 'steve'),
      args: [
        `--kubeconfig=${adminKubeconfig(context)}`,
        `--port=${context.ports.steve}`,
      ],
      // Steve keeps its SQL cache in the folder it runs in.
      cwd: context.state('steve'),
    };
  },
  // By use: it answers with schemas at once, but learns of Rancher's types only after a moment.
  isReady: async ({ ports }) => answersOk(`http://127.0.0.1:${ports.steve}/v1/management.cattle.io.settings`, 5_000, { 'Impersonate-User': 'sandbox:probe', 'Impersonate-Group': 'system:masters' }),
};

/** Stands in for the Rancher server: sign-in, sessions, the dashboard, and the user's own rights towards Steve and Kubernetes. */
const edge: Part = {
  kind: 'part',
  name: 'edge',
  needs: ['steve', 'dashboard', 'extension'],
  ports: ['edge'],
  readyWithinMs: 30_000,
  stopWithinMs: 10_000,
  command: (context) => ({
    file: process.execPath,
    args: [
      join(REPOSITORY, 'sandbox', 'edge', 'main.ts'),
      `--port=${context.ports.edge}`,
      `--kubeconfig=${adminKubeconfig(context)}`,
      `--steve=http://127.0.0.1:${context.ports.steve}`,
      `--dashboard=${dashboardLink(context)}`,
      `--users=${context.state(USERS_FILE)}`,
      // A cluster of the user's runs no pods of this checkout, so nothing is installed there.
      ...(context.ownKubeconfig === undefined ? [] : [`--extensions=${extensionsFolder(context)}`]),
    ],
  }),
  isReady: async ({ ports }) => answersOk(`http://127.0.0.1:${ports.edge}/healthz`),
};

export const RANCHER: readonly Part[] = [steve, edge];
