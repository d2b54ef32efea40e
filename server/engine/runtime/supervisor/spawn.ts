import { getSystemErrorName } from "node:util";
import koffi from "koffi";
import { Internal } from "../../errdefs/errors.ts";
import { ownNullDevice } from "./null-device.ts";

/** What a program gets as its descriptors 0, 1 and 2; undefined: a null device. */
export type Stdio = readonly [number | undefined, number | undefined, number | undefined];

const libc = koffi.load("libc.so.6");
const spawn = libc.func("int posix_spawn(_Out_ int *, const char *, void *, void *, const char **, const char **)") as (
  ...args: unknown[]
) => number;
const initAttributes = libc.func("int posix_spawnattr_init(void *)");
const setFlags = libc.func("int posix_spawnattr_setflags(void *, short)");
const setMask = libc.func("int posix_spawnattr_setsigmask(void *, void *)");
const setDefaults = libc.func("int posix_spawnattr_setsigdefault(void *, void *)");
const initActions = libc.func("int posix_spawn_file_actions_init(void *)");
const addDup2 = libc.func("int posix_spawn_file_actions_adddup2(void *, int, int)");
const destroyActions = libc.func("int posix_spawn_file_actions_destroy(void *)");

const POSIX_SPAWN_SETSIGDEF = 4;
const POSIX_SPAWN_SETSIGMASK = 8;
const POSIX_SPAWN_SETSID = 0x80;
/** bytes; at least those of glibc's posix_spawnattr_t, posix_spawn_file_actions_t and sigset_t */
const attributesLength = 512;
const actionsLength = 128;
const signalSetLength = 128;

/** Signals as a program expects them: none blocked, none ignored, as node does SIGPIPE. */
const attributes = Buffer.alloc(attributesLength);
initAttributes(attributes);
setMask(attributes, Buffer.alloc(signalSetLength));
setDefaults(attributes, Buffer.alloc(signalSetLength, 0xff));
setFlags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);

/**
 * Starts a program in this process's environment and directory, with umask 0, in a session of its own (this one is
 * favoured). It is for the caller to wait for it.
 *
 * posix_spawn(3) takes 0.1 ms. node's own spawn forks, which copies the page tables of all of node's memory, and then
 * makes both processes copy what they write to: 3 ms, in which the supervisor does nothing else.
 * @returns its pid, when it runs. @throws Internal when it cannot be run
 */
export function spawnProgram(program: string, args: readonly string[], stdio: Stdio): number {
  const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
  const actions = Buffer.alloc(actionsLength);
  initActions(actions);
  // As dockerd's runtimes have it: devices get the modes of the specification, whole. The program's own comes from there.
  const umask = process.umask(0);
  try {
    for (const [target, fd] of stdio.entries()) {
      addDup2(actions, fd ?? ownNullDevice(), target);
    }
    const pid = [0];
    const failure = spawn(pid, program, actions, attributes, [program, ...args, null], [...environment, null]);
    if (failure !== 0) throw new Internal(`${program} cannot be run: ${getSystemErrorName(-failure)}`);
    return pid[0] ?? 0;
  } finally {
    process.umask(umask);
    destroyActions(actions);
  }
}
