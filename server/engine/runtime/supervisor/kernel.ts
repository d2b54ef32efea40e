import { closeSync } from "node:fs";
import koffi from "koffi";
import { Internal } from "../../errdefs/errors.ts";

/** The system calls of a supervisor of processes that node does not offer. */
const libc = koffi.load("libc.so.6");
const vector = koffi.struct("SupervisorVector", { base: "void *", length: "size_t" });
koffi.struct("SupervisorMessage", {
  name: "void *",
  nameLength: "uint32_t",
  vectors: koffi.pointer(vector),
  vectorCount: "size_t",
  control: "void *",
  controlLength: "size_t",
  flags: "int",
});
const prctl = libc.func("int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)");
const waitid = libc.func("int waitid(int, uint32_t, void *, int)");
const ioctl = libc.func("int ioctl(int, unsigned long, void *)");
const socket = libc.func("int socket(int, int, int)");
const bind = libc.func("int bind(int, void *, uint32_t)");
const listen = libc.func("int listen(int, int)");
const accept4 = libc.func("int accept4(int, void *, void *, int)");
const recvmsg = libc.func("long recvmsg(int, _Inout_ SupervisorMessage *, int)");

const PR_SET_CHILD_SUBREAPER = 36;
const P_ALL = 0;
const P_PID = 1;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;
const CLD_EXITED = 1;
const siginfoLength = 128;
const TIOCSWINSZ = 0x5414;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_CMSG_CLOEXEC = 0x40000000;
/** of sun_path, with the zero at its end (unix(7)) */
const longestPath = 108;

/** From now on orphans among our descendants become our children (prctl(2)). */
export function becomeSubreaper(): void {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0) throw failed("prctl(PR_SET_CHILD_SUBREAPER)");
}

/** How a child ended: 0..255, 128 + signal for a killed one. */
export interface Ended {
  pid: number;
  code: number;
}

/** A child that has ended, any or this one (waitid(2)); it stays in the process table. undefined: none has */
export function endedChild(pid?: number): Ended | undefined {
  return waitFor(pid, WNOWAIT);
}

/** Takes a child that has ended out of the process table: from now on its pid may be another's. */
export function release(pid: number): void {
  waitFor(pid, 0);
}

function waitFor(child: number | undefined, flags: number): Ended | undefined {
  const info = Buffer.alloc(siginfoLength);
  const [type, id] = child === undefined ? [P_ALL, 0] : [P_PID, child];
  if (waitid(type, id, info, WEXITED | WNOHANG | flags) !== 0) return undefined; // ECHILD: there is none
  const [how, pid, status] = [info.readInt32LE(8), info.readInt32LE(16), info.readInt32LE(24)];
  return pid === 0 ? undefined : { pid, code: how === CLD_EXITED ? status : 128 + status };
}

/** Sets the size of a terminal (ioctl_tty(2)). */
export function setWindowSize(terminal: number, columns: number, rows: number): void {
  const size = Buffer.alloc(8);
  size.writeUInt16LE(rows, 0);
  size.writeUInt16LE(columns, 2);
  if (ioctl(terminal, TIOCSWINSZ, size) !== 0) throw failed("ioctl(TIOCSWINSZ)");
}

/** A listening UNIX socket that takes a file descriptor; node's own sockets cannot. */
export function listenForDescriptor(path: string): number {
  const name = Buffer.from(`${path}\0`);
  if (name.length > longestPath) throw new Internal(`the path of a console socket is too long: ${path}`);
  const fd = Number(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd < 0) throw failed("socket");
  const address = Buffer.alloc(2 + name.length);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  if (bind(fd, address, address.length) === 0 && listen(fd, 1) === 0) return fd;
  const failure = failed(`listening on ${path}`);
  closeSync(fd);
  throw failure;
}

/** Takes the connection that waits. undefined: nobody has connected */
export function acceptConnection(listener: number): number | undefined {
  const fd = Number(accept4(listener, null, null, SOCK_CLOEXEC));
  return fd < 0 ? undefined : fd;
}

/** Receives the one descriptor that was sent along (cmsg(3), SCM_RIGHTS). */
export function receiveDescriptor(connection: number): number {
  const control = Buffer.alloc(64);
  const data = Buffer.alloc(4096);
  const message = {
    name: null,
    nameLength: 0,
    vectors: [{ base: data, length: data.length }],
    vectorCount: 1,
    control,
    controlLength: control.length,
    flags: 0,
  };
  if (Number(recvmsg(connection, message, MSG_CMSG_CLOEXEC)) < 0) throw failed("recvmsg");
  if (control.readInt32LE(8) !== SOL_SOCKET || control.readInt32LE(12) !== SCM_RIGHTS) {
    throw new Internal("the runtime sent no terminal");
  }
  return control.readInt32LE(16);
}

function failed(what: string): Internal {
  return new Internal(`${what} failed: errno ${koffi.errno()}`);
}
