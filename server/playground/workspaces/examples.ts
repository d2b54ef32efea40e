import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ExampleSummary } from "../../contract/playground-api.ts";
import { Problem } from "../http/problem.ts";
import type { FirstFile } from "./first-files.ts";

/** What only the project's own tests read. */
const left = new Set(["expect.json"]);

/** The projects of `examples/`, described by the table of its README and titled by their own. */
export class Examples {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async list(): Promise<ExampleSummary[]> {
    const table = await readFile(join(this.#directory, "README.md"), "utf8");
    // | [static-site](static-site/) | what it shows |
    const rows = [...table.matchAll(/^\| \[([a-z0-9-]+)\]\([^)]*\) \| (.+?) \|$/gm)];
    return Promise.all(
      rows.map(async ([, name = "", description = ""]) => {
        const readme = await readFile(join(this.#directory, name, "README.md"), "utf8");
        const title = /^# (.+)$/m.exec(readme)?.[1] ?? name;
        return { name, title, description: description.replaceAll("`", "") };
      }),
    );
  }

  /** @throws Problem 404 */
  async find(name: string): Promise<ExampleSummary> {
    const found = (await this.list()).find((example) => example.name === name);
    if (found === undefined) throw new Problem(404, "There is no such example.");
    return found;
  }

  /** @throws Problem 404 */
  async files(name: string): Promise<FirstFile[]> {
    const directory = join(this.#directory, (await this.find(name)).name);
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return Promise.all(
      entries
        .filter((entry) => entry.isFile() && !left.has(entry.name))
        .map(async (entry) => {
          const path = join(entry.parentPath, entry.name);
          const executable = ((await stat(path)).mode & 0o100) !== 0;
          return { path: path.slice(directory.length + 1), content: await readFile(path), executable };
        }),
    );
  }
}
