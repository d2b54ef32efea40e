import { type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** ms for which what comes after a request that was refused is thrown away: closed before, the answer would be lost. */
const longest = 2_000;

/** By node's codes of what its parser does not read, as node itself answers. */
const statuses: Partial<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Cookies do not tell ports of a host apart: what a container's page leaves on a preview port, the browser sends here, too. */
const cookies =
  "Your browser sends more cookies to this host than fit into a request: probably the page of a container has left them there. " +
  'Delete the cookies of this site in the browser\'s settings, but keep the one called "drydock" (or "__Host-drydock"), ' +
  "which is the key to your workspaces. Then reload.";

/** Requests that are not read are refused in words where a visitor may see them. */
export function explainUnread(server: Server): void {
  server.on(
    "clientError",
    (error: NodeJS.ErrnoException, socket: Duplex & { _httpMessage?: ServerResponse | null }) => {
      // More of what was refused already, or behind an answer that is under way.
      if (socket.writableEnded) return;
      if (!socket.writable || socket._httpMessage?.headersSent === true) {
        socket.destroy();
        return;
      }
      const status = statuses[error.code ?? ""] ?? 400;
      const words = status === 431 ? cookies : "";
      socket.end(
        [
          `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
          "content-type: text/plain; charset=utf-8",
          "cache-control: no-store",
          `content-length: ${words.length}`,
          "connection: close",
          "",
          words,
        ].join("\r\n"),
      );
      const timer = setTimeout(() => socket.destroy(), longest).unref();
      socket.once("close", () => clearTimeout(timer)).resume();
    },
  );
}
