import type { BuildVertex, NewBuildEvent } from "../../contract/build-events.ts";
import type { BuildSummary } from "../../contract/extension-api.ts";

const longest = 200;

/** What tells one build from another in a list: what it began from, and the first thing it did anew. */
export class BuildGist {
  readonly #steps: BuildVertex[] = [];
  readonly #ran = new Set<string>();

  hear(event: NewBuildEvent): void {
    if (event.type === "vertex") {
      this.#steps.push(event.vertex);
    } else if (event.type === "vertex-completed" && !event.cached && event.reason.kind !== "not-cacheable") {
      this.#ran.add(event.id);
    } else if (event.type === "vertex-completed" && event.error !== undefined) {
      this.#ran.add(event.id);
    }
  }

  get told(): Pick<BuildSummary, "base" | "firstRun"> {
    const froms = this.#steps.filter(({ stage, instruction }) => stage !== "" && /^FROM\s/i.test(instruction));
    const base = froms.at(-1)?.instruction.replace(/^FROM\s+(?:--\S+\s+)*(\S+).*$/i, "$1");
    const firstRun = this.#steps.find(({ id }) => this.#ran.has(id))?.instruction;
    return {
      ...(base === undefined ? {} : { base: base.slice(0, longest) }),
      ...(firstRun === undefined ? {} : { firstRun: firstRun.slice(0, longest) }),
    };
  }
}
