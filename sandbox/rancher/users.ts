/**
 * Someone who may sign in to the sandbox. The same list is given to the edge (`--users`), which checks passwords, and to
 * applyRancherObjects, which makes the User objects and the role bindings. Nobody else is known.
 */
export interface SandboxUser {
  /** Name of the User object and the name the API server sees, as Rancher's `user-xxxxx`. */
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
  /** In clear: the sandbox prints it at start, so hashing it here would protect nothing. */
  readonly password: string;
  readonly role: 'admin' | 'viewer';
}

/** The two sign-ins of the sandbox; passwords are the caller's to choose. */
export function sandboxUsers(passwords: { readonly admin: string; readonly viewer: string }): SandboxUser[] {
  return [
    { id: 'user-admin', username: 'admin', displayName: 'Sandbox administrator', password: passwords.admin, role: 'admin' },
    { id: 'user-viewer', username: 'viewer', displayName: 'Sandbox viewer', password: passwords.viewer, role: 'viewer' },
  ];
}
