import koffi from "koffi";
import { CommandError } from "./command-error.ts";

const libc = koffi.load("libc.so.6");
const socket = libc.func("int socket(int, int, int)");
const sendto = libc.func("long sendto(int, void *, size_t, int, void *, uint32_t)");
const close = libc.func("int close(int)");

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;

/**
 * Says to the service manager how this very process is doing, over the datagram socket that node has no words for
 * (sd_notify(3)).
 * @param path what NOTIFY_SOCKET was; one that begins with @ is abstract (unix(7))
 * @param state e.g. `READY=1`
 * @throws CommandError
 */
export function notify(path: string, state: string): void {
  const name = Buffer.from(path.startsWith("@") ? `\0${path.slice(1)}` : `${path}\0`);
  const address = Buffer.concat([Buffer.from(Uint16Array.of(AF_UNIX).buffer), name]);
  const message = Buffer.from(state);
  const fd = Number(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sent = Number(sendto(fd, message, message.length, 0, address, address.length));
  const errno = koffi.errno();
  if (fd >= 0) close(fd);
  if (sent < 0) throw new CommandError(`the service manager's socket ${path} took no word (errno ${errno})`);
}
