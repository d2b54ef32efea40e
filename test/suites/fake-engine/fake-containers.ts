import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ContainerOutput, ListeningPort, TerminalSummary } from "../../../server/contract/extension-api.ts";
import { LiveLog } from "./live-log.ts";

/** A container that prints once a second and serves one page, which says what it was asked with. */
export class FakeContainer {
  readonly id = randomBytes(32).toString("hex");
  readonly name: string;
  readonly image: string;
  readonly createdAt = Date.now();
  state: "created" | "running" | "exited" = "created";
  exitCode = 0;
  output = new LiveLog<ContainerOutput>();
  #server: Server | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lines = 0;

  constructor(name: string, image: string) {
    this.name = name;
    this.image = image;
  }

  async start(): Promise<void> {
    this.state = "running";
    const server = createServer((request, response) => {
      response.setHeader("set-cookie", ["theirs=1; Domain=localhost; Path=/", "drydock=stolen"]);
      response.end(`<h1>Hello from ${this.name}</h1><pre>${JSON.stringify(request.headers)}</pre>`);
    });
    server.on("upgrade", (request, socket) => {
      socket.write(`HTTP/1.1 101 Switching\r\nUpgrade: ${request.headers.upgrade}\r\nConnection: Upgrade\r\n\r\n`);
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#server = server;
    this.print(`${this.name} is listening on port ${this.ports()[0]?.port}\n`);
    this.#timer = setInterval(() => this.print(`\u001B[36mtick\u001B[0m ${++this.#lines}\n`), 1000);
  }

  stop(exitCode = 143): void {
    if (this.state !== "running") return;
    clearInterval(this.#timer);
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.state = "exited";
    this.exitCode = exitCode;
    this.output.end();
    const { items } = this.output;
    this.output = new LiveLog();
    for (const item of items) this.output.append(item);
    this.output.end();
  }

  /** More output after a restart goes on in a log that is open again. */
  reopen(): void {
    const { items } = this.output;
    this.output = new LiveLog();
    for (const item of items) this.output.append(item);
  }

  ports(): ListeningPort[] {
    if (this.state !== "running" || this.name === "workstation") return [];
    return [
      { protocol: "tcp", port: (this.#server?.address() as AddressInfo | undefined)?.port ?? 0, address: "127.0.0.1" },
    ];
  }

  print(text: string): void {
    const time = Date.now();
    this.output.append({ offset: this.output.items.length, stream: "stdout", time, text });
  }

  toJson(): object {
    const status = this.state === "exited" ? `Exited (${this.exitCode}) 1 second ago` : "Up 1 second";
    return {
      Id: this.id,
      Names: [`/${this.name}`],
      Image: this.image,
      Command: "busybox httpd -f",
      Created: Math.floor(this.createdAt / 1000),
      State: this.state,
      Status: this.state === "created" ? "Created" : status,
      Labels: {},
    };
  }
}

/** A terminal that greets, echoes, and answers a line with what was typed. */
export class FakeTerminal {
  readonly summary: TerminalSummary;
  readonly output = new LiveLog<Buffer>();
  #line = "";

  constructor(id: string, container: string) {
    this.summary = { id, container, cmd: ["bash"], running: true, offset: 0, createdAt: Date.now() };
    this.#write("\u001B[1;34mfake:\u001B[0m/workspace$ ");
  }

  input(bytes: Buffer): void {
    for (const character of bytes.toString("utf8")) {
      if (character === "\r") {
        this.#write(`\r\nyou typed: ${this.#line}\r\n\u001B[1;34mfake:\u001B[0m/workspace$ `);
        this.#line = "";
      } else {
        this.#line += character;
        this.#write(character);
      }
    }
  }

  end(): void {
    this.summary.running = false;
    this.summary.exitCode = 0;
    this.output.end();
  }

  /** What remains of the chunks from a byte offset on. */
  from(offset: number): { index: number; start: number } {
    let start = 0;
    for (const [index, chunk] of this.output.items.entries()) {
      if (start + chunk.length > offset) return { index, start };
      start += chunk.length;
    }
    return { index: this.output.items.length, start };
  }

  #write(text: string): void {
    const bytes = Buffer.from(text);
    this.summary.offset += bytes.length;
    this.output.append(bytes);
  }
}
