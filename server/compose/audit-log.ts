import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { AuditEntry } from "../daemon/http/audit.ts";
import { PatientFile } from "../engine/logs/patient-file.ts";

/** bytes until a file is full, and files that are kept */
const full = 16 << 20;
const kept = 8;

/**
 * Who did what, one JSON object a line: `<data>/audit/audit.jsonl`, root's alone; when it is full it becomes
 * `audit.jsonl.1`, and so on.
 */
export class AuditLog {
  readonly #path: string;
  #file: PatientFile;

  constructor(data: string) {
    const directory = join(data, "audit");
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#path = join(directory, "audit.jsonl");
    this.#file = new PatientFile(this.#path);
  }

  /**
   * On a full disk it waits for room: what was done is done, and `docker rm`, which makes room, must go on working.
   * @param who a tenant's id, or `web` for what the playground's server asks in its own name
   */
  note(who: string, entry: AuditEntry): void {
    if (this.#file.size >= full && this.#file.waiting.length === 0) this.#rotate();
    this.#file.append(JSON.stringify({ time: new Date().toISOString(), who, ...entry }));
  }

  close(): void {
    this.#file.close();
  }

  #rotate(): void {
    this.#file.close();
    rmSync(`${this.#path}.${kept}`, { force: true });
    for (let age = kept - 1; age >= 0; age--) {
      const from = age === 0 ? this.#path : `${this.#path}.${age}`;
      try {
        renameSync(from, `${this.#path}.${age + 1}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
    this.#file = new PatientFile(this.#path);
  }
}
