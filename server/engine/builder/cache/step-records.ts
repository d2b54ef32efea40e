import type { Database } from "../../metadata/database.ts";
import type { KeyReport } from "../solver/types.ts";
import { buildCacheTables } from "./tables.ts";

/** What one step of a build was made from. */
export interface StepRecord {
  stage: string;
  /** within its stage */
  index: number;
  facts: Record<string, string>;
  inputs: { id: string; content?: string; files?: Readonly<Record<string, string>> }[];
}

/** Subjects remembered per scope. */
const maxSubjects = 200;
/** A build's records above are not kept. Bytes. */
const maxBytes = 4 << 20;

/** The instruction as its author has it: the default shell's words, which Docker puts in front of RUN's, left out. */
export function writtenInstruction({ facts }: StepRecord): string | undefined {
  return facts["instruction"]?.replace(/^RUN \/bin\/sh -c /, "RUN ");
}

export function stepRecord(stage: string, index: number, report: KeyReport): StepRecord {
  return {
    stage,
    index,
    facts: { ...report.facts },
    inputs: report.inputs.map(({ id, content }) => ({
      id,
      ...(content === undefined ? {} : { content: content.digest }),
      ...(content?.files === undefined ? {} : { files: content.files }),
    })),
  };
}

/** Remembers what the steps of the last build of each subject (a tag, a Dockerfile's name) were made from. */
export class StepRecords {
  readonly #database: Database;
  readonly #scope: string;

  constructor(database: Database, scope: string) {
    this.#database = database;
    this.#scope = scope;
    database.migrate("builder-cache", buildCacheTables);
  }

  load(subject: string): StepRecord[] {
    const sql = "SELECT steps FROM build_cache_steps WHERE scope = ? AND subject = ?";
    const row = this.#database.get<{ steps: string }>(sql, this.#scope, subject);
    return row === undefined ? [] : (JSON.parse(row.steps) as StepRecord[]);
  }

  save(subject: string, steps: readonly StepRecord[]): void {
    const text = JSON.stringify(steps);
    if (text.length > maxBytes) {
      return;
    }
    this.#database.transaction(() => {
      // Where the text is as long as before, only the pages of it that are others are written.
      this.#database.run(
        `INSERT INTO build_cache_steps (scope, subject, steps, updated_at) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET steps = excluded.steps, updated_at = excluded.updated_at`,
        this.#scope,
        subject,
        text,
        Date.now(),
      );
      this.#database.run(
        `DELETE FROM build_cache_steps WHERE scope = ? AND subject NOT IN
           (SELECT subject FROM build_cache_steps WHERE scope = ? ORDER BY updated_at DESC LIMIT ?)`,
        this.#scope,
        this.#scope,
        maxSubjects,
      );
    });
  }
}
