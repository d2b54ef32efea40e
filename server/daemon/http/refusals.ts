import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** What Go's server says before any handler sees the request, and closes (net/http, server.go, conn.serve). */
export interface Refusal {
  /** `400 Bad Request` */
  status: string;
  text: string;
}

const badRequest: Refusal = { status: "400 Bad Request", text: "400 Bad Request" };

/** Bytes of the largest headers: Go's. */
export const maximumHeaders = 1024 * 1024 + 4096;

/** ms for the headers of a request: dockerd's (ReadHeaderTimeout). A daemon that is kept busy takes its time to read them. */
export const headersTimeout = 300_000;

/** Of what node's parser could not read. */
export function refusalOf(error: NodeJS.ErrnoException): Refusal {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW": {
      const status = "431 Request Header Fields Too Large";
      return { status, text: status };
    }
    case "HPE_INVALID_TRANSFER_ENCODING":
      return { status: "501 Not Implemented", text: "Unsupported transfer encoding" };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return {
        status: "408 Request Timeout",
        text: `the headers of a request did not come within ${headersTimeout / 1000} seconds: send it again`,
      };
    default:
      return badRequest;
  }
}

/** Of what node reads and Go does not; undefined: nothing. */
export function refusalFor(request: IncomingMessage): Refusal | undefined {
  if (request.httpVersionMajor > 1) {
    const status = "505 HTTP Version Not Supported: unsupported protocol version";
    return { status, text: status };
  }
  const hosts = request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length;
  if (hosts === 0 && request.httpVersion === "1.1") {
    const status = "400 Bad Request: missing required Host header";
    return { status, text: status };
  }
  const path = (request.url ?? "").split("?", 1)[0] ?? "";
  return hosts > 1 || /%(?![0-9a-f]{2})/i.test(path) ? badRequest : undefined;
}

/** Of one more than a socket has at once. */
export function tooManyConnections(most: number): Refusal {
  return {
    status: "429 Too Many Requests",
    text: `${most} connections at once are allowed here, and so many are open: close one, and try again`,
  };
}

/** Says it and closes. */
export function refuseConnection(socket: Duplex, { status, text }: Refusal): void {
  if (socket.writable) {
    socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${text}`);
  }
}
