import 'reflect-metadata';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { webcrypto } from 'node:crypto';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import type { Context } from './supervisor/part.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000;

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

interface Request {
  /** File name without ending: `<name>.crt` and `<name>.key`. */
  readonly name: string;
  /** User name (CN) and groups (O), as Kubernetes reads them. */
  readonly user: string;
  readonly groups?: readonly string[];
  readonly dns?: readonly string[];
  readonly ips?: readonly string[];
}

async function pemOfKey(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + TEN_YEARS_MS) };
}

function serialNumber(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('hex');
}

async function createAuthority(folder: string, name: string): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=tartware-sandbox-${name}`,
    ...validity(),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  writeFileSync(join(folder, `${name}.crt`), certificate.toString('pem'));
  writeFileSync(join(folder, `${name}.key`), await pemOfKey(keys.privateKey), { mode: 0o600 });
  return { certificate, keys };
}

async function issue(folder: string, authority: Authority, { name, user, groups = [], dns = [], ips = [] }: Request): Promise<void> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const names = [...dns.map((value) => ({ type: 'dns' as const, value })), ...ips.map((value) => ({ type: 'ip' as const, value }))];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [...groups.map((group) => `O=${group}`), `CN=${user}`].join(', '),
    issuer: authority.certificate.subject,
    ...validity(),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  writeFileSync(join(folder, `${name}.crt`), certificate.toString('pem'));
  writeFileSync(join(folder, `${name}.key`), await pemOfKey(keys.privateKey), { mode: 0o600 });
}

/** Paths of a certificate and its key. */
export interface CertificatePaths {
  readonly certificate: string;
  readonly key: string;
}

export function certificate(folder: string, name: string): CertificatePaths {
  return { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
}

/**
 * Makes the keys of a cluster once: two authorities (cluster, aggregation), the API server's, kubelets' and users'
 * certificates and the service account key. They stay on this machine, readable by their owner only.
 */
async function ensurePki(folder: string, address: string): Promise<void> {
  const stamp = join(folder, `complete-${address}`);
  if (existsSync(stamp)) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ca = await createAuthority(folder, 'ca');
  const aggregation = await createAuthority(folder, 'aggregation-ca');
  const serving = { ips: ['127.0.0.1', address, '10.96.0.1'] };
  await issue(folder, ca, { name: 'apiserver', user: 'kube-apiserver', dns: ['localhost', 'kubernetes', 'kubernetes.default.svc'], ...serving });
  await issue(folder, ca, { name: 'kubelet-client', user: 'kube-apiserver-kubelet-client', groups: ['system:masters'] });
  await issue(folder, ca, { name: 'kubelet', user: 'kubelet', dns: ['localhost'], ...serving });
  await issue(folder, ca, { name: 'metrics-server', user: 'metrics-server', dns: ['metrics-server.kube-system.svc'], ...serving });
  await issue(folder, ca, { name: 'admin', user: 'sandbox:admin', groups: ['system:masters'] });
  await issue(folder, ca, { name: 'controller-manager', user: 'system:kube-controller-manager' });
  await issue(folder, ca, { name: 'scheduler', user: 'system:kube-scheduler' });
  await issue(folder, aggregation, { name: 'aggregator', user: 'aggregator' });
  const serviceAccounts = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  writeFileSync(join(folder, 'service-account.key'), await pemOfKey(serviceAccounts.privateKey), { mode: 0o600 });
  writeFileSync(join(folder, 'service-account.pub'), x509.PemConverter.encode(await crypto.subtle.exportKey('spki', serviceAccounts.publicKey), 'PUBLIC KEY'));
  writeFileSync(stamp, '');
}

/** A kubeconfig with the certificate of one user inside. */
function writeKubeconfig(path: string, pki: string, user: string, server: string): void {
  const paths = certificate(pki, user);
  const inline = (file: string): string => readFileSync(file).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster: { server, 'certificate-authority-data': inline(join(pki, 'ca.crt')) } }],
    users: [{ name: user, user: { 'client-certificate-data': inline(paths.certificate), 'client-key-data': inline(paths.key) } }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user } }],
    'current-context': 'sandbox',
  };
  writeFileSync(path, JSON.stringify(config, null, 1), { mode: 0o600 });
}

/** The keys of a cluster of the sandbox's own, and a kubeconfig for each who needs one: `pki/<user>.kubeconfig` in its state. */
export async function preparePki({ address, ports, state }: Context): Promise<void> {
  const pki = state('pki');
  await ensurePki(pki, address);
  for (const user of ['admin', 'controller-manager', 'scheduler']) {
    writeKubeconfig(state('pki', `${user}.kubeconfig`), pki, user, `https://127.0.0.1:${ports['kube-apiserver']}`);
  }
}
