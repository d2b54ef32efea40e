import type { BuildStart } from "../../contract/extension-api.ts";
import type { CacheSource, CacheTarget } from "../builder/builder.ts";
import type { ContextSource, NamedContext } from "../builder/context-source.ts";
import type { Secrets } from "../builder/ops/exec-definition.ts";
import { InvalidArgument, NotImplemented } from "../errdefs/errors.ts";
import { type BuildOutput, buildOutput } from "./build-outputs.ts";
import { cacheSource, cacheTarget } from "./cache-options.ts";
import { Held } from "./held.ts";
import type { SafeHandle } from "../mount/safe-handle.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import { fstat } from "../mount/safe-stat.ts";

/** As BuildKit has it, bytes. */
const maxSecretBytes = 500 * 1024;
const imageScheme = "docker-image://";

/** What a build takes from the workspace. */
export interface BuildInputs {
  context: ContextSource;
  contexts: ReadonlyMap<string, NamedContext>;
  secrets: Secrets;
  cacheFrom: CacheSource[];
  cacheTo: CacheTarget[];
  outputs: BuildOutput[];
  /** Idempotent. */
  dispose(): Promise<void>;
}

/**
 * Directories and sockets are held open: what a learner puts in their place meanwhile is not followed.
 * @throws NotFound, InvalidArgument (kinds of files, too large a secret), NotImplemented (kinds of contexts)
 */
export function openInputs(build: BuildStart, at: { workspace: string; hostBase: number }): BuildInputs {
  using root = new SafeRoot(at.workspace);
  using opened = new DisposableStack();
  const directory = (path: string): ContextSource => {
    const handle = opened.use(root.locate(path, { directory: true }));
    return { root: pathOf(handle), hostBase: at.hostBase, dispose: async () => {} };
  };
  const context = directory(build.contextPath);
  const contexts = new Map<string, NamedContext>();
  for (const [name, value] of Object.entries(build.contexts ?? {})) {
    contexts.set(name, namedContext(name, value, directory));
  }
  const cacheFrom = (build.cacheFrom ?? []).map((text) => cacheSource(text, directory));
  const made = (path: string): ContextSource => {
    root.makeDirectory(path, { parents: true, mode: 0o755 });
    return directory(path);
  };
  const cacheTo = (build.cacheTo ?? []).map((text) => cacheTarget(text, made));
  const outputs = (build.outputs ?? []).map((text) => buildOutput(text, made));
  const values = new Map<string, Uint8Array>();
  for (const [id, secret] of Object.entries(build.secrets ?? {})) {
    const value = "value" in secret ? Buffer.from(secret.value) : root.readFile(secret.file, maxSecretBytes);
    if (value.length > maxSecretBytes) {
      throw new InvalidArgument(`secret ${id} is too big: at most ${maxSecretBytes / 1024} KiB`);
    }
    values.set(id, value);
  }
  const agents = new Map<string, string>();
  for (const [id, path] of Object.entries(build.ssh ?? {})) {
    const handle = opened.use(root.locate(path));
    if (fstat(handle.fd).kind !== "socket") {
      throw new InvalidArgument(`${path} is no socket: name the one that an SSH agent listens on`);
    }
    agents.set(id, pathOf(handle));
  }
  const all = opened.move();
  const held = new Held(async () => all.dispose());
  return {
    context: { ...context, hold: () => held.hold() },
    contexts,
    secrets: { values, agents },
    cacheFrom,
    cacheTo,
    outputs,
    dispose: () => held.dispose(),
  };
}

/** What may be kept of a request. */
export function withoutSecrets(build: BuildStart): BuildStart {
  const secrets = Object.entries(build.secrets ?? {}).filter(([, secret]) => "file" in secret);
  return build.secrets === undefined ? build : { ...build, secrets: Object.fromEntries(secrets) };
}

function namedContext(name: string, value: string, directory: (path: string) => ContextSource): NamedContext {
  if (value.startsWith(imageScheme)) {
    return { image: value.slice(imageScheme.length) };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//.test(value)) {
    throw new NotImplemented(
      `context "${name}" cannot be ${value}: a directory of the workspace can be given, or ${imageScheme}NAME`,
    );
  }
  return { source: directory(value) };
}

function pathOf(handle: SafeHandle): string {
  return `/proc/${process.pid}/fd/${handle.fd}`;
}
