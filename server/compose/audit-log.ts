import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { AuditEntry } from "../daemon/http/audit.ts";

/** bytes until a file is full, and files that are kept */
const full = 16 << 20;
const kept = 8;

/**
 * Who did what, one JSON object a line: `<data>/audit/audit.jsonl`, root's alone; when it is full it becomes
 * `audit.jsonl.1`, and so on.
 */
export class AuditLog {
  readonly #path: string;
  #fd: number;
  #size: number;

  constructor(data: string) {
    const directory = join(data, "audit");
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#path = join(directory, "audit.jsonl");
    this.#fd = openSync(this.#path, "a", 0o600);
    this.#size = fstatSync(this.#fd).size;
  }

  /** `who`: a tenant's id, or `web` for what the playground's server asks in its own name */
  note(who: string, entry: AuditEntry): void {
    if (this.#size >= full) this.#rotate();
    this.#size += writeSync(this.#fd, `${JSON.stringify({ time: new Date().toISOString(), who, ...entry })}\n`);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #rotate(): void {
    closeSync(this.#fd);
    rmSync(`${this.#path}.${kept}`, { force: true });
    for (let age = kept - 1; age >= 0; age--) {
      const from = age === 0 ? this.#path : `${this.#path}.${age}`;
      try {
        renameSync(from, `${this.#path}.${age + 1}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
    this.#fd = openSync(this.#path, "a", 0o600);
    this.#size = 0;
  }
}
