import { closeSync, constants, openSync } from "node:fs";
import koffi from "koffi";
import { Internal } from "../../errdefs/errors.ts";
import { mkdirat, mknodat, openat } from "../../mount/libc.ts";

const libc = koffi.load("libc.so.6");
const declared = (args: string) => libc.func(`long syscall(${args})`) as (...args: unknown[]) => number;
const fsopen = declared("long, const char *, unsigned int");
const fsconfig = declared("long, int, unsigned int, const char *, const char *, int");
const fsmount = declared("long, int, unsigned int, unsigned int");

/** Numbers of system calls, the same on all processors (asm-generic). */
const sys = { fsopen: 430, fsconfig: 431, fsmount: 432 };
const CLOEXEC = 1;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const S_IFCHR = 0o020000;
/** 1:3 */
const nullDevice = 0x103n;

let own: number | undefined;

/**
 * A null device that is not the machine's, as a descriptor for programs' input and output. crun gives what it has there
 * to the container's root (fchown(2)), who then could take /dev/null, which containers have mounted, from everybody.
 *
 * It is in a file system of its own that is mounted nowhere: only descriptors lead to it, which show it as /dev/null.
 */
export function ownNullDevice(): number {
  // Without root nothing is given to anybody: tests.
  own ??= process.getuid?.() === 0 ? makeNullDevice() : openSync("/dev/null", constants.O_RDWR);
  return own;
}

function makeNullDevice(): number {
  const context = must("fsopen", fsopen(sys.fsopen, "tmpfs", CLOEXEC));
  must("fsconfig", fsconfig(sys.fsconfig, context, FSCONFIG_SET_STRING, "size", "4k", 0));
  must("fsconfig", fsconfig(sys.fsconfig, context, FSCONFIG_CMD_CREATE, null, null, 0));
  const root = must("fsmount", fsmount(sys.fsmount, context, CLOEXEC, 0));
  must("mkdirat", mkdirat(root, "dev", 0o755));
  must("mknodat", mknodat(root, "dev/null", S_IFCHR | 0o666, nullDevice));
  const device = must("openat", openat(root, "dev/null", constants.O_RDWR));
  closeSync(root);
  closeSync(context);
  return device;
}

function must(call: string, result: number): number {
  if (result < 0) throw new Internal(`no null device can be made: ${call} failed, errno ${koffi.errno()}`);
  return result;
}
