import type { BuildVertex, NewBuildEvent } from "../../contract/build-events.ts";
import type { BuildSummary } from "../../contract/extension-api.ts";

const longest = 200;

/** What tells one build from another in a list: what it began from, and where it failed or what it did anew first. */
export class BuildGist {
  readonly #steps: BuildVertex[] = [];
  readonly #ran = new Set<string>();
  #failed: string | undefined;
  #byHand = false;

  hear(event: NewBuildEvent): void {
    if (event.type === "vertex") {
      this.#steps.push(event.vertex);
      this.#byHand ||= event.vertex.byHand !== undefined;
    } else if (event.type === "vertex-completed" && event.error !== undefined) {
      this.#failed ??= event.id;
    } else if (event.type === "vertex-completed" && !event.cached && event.reason.kind !== "not-cacheable") {
      this.#ran.add(event.id);
    }
  }

  get told(): Pick<BuildSummary, "base" | "telling" | "byHand"> {
    const froms = this.#steps.filter(({ stage, instruction }) => stage !== "" && /^FROM\s/i.test(instruction));
    const base = froms.at(-1)?.instruction.replace(/^FROM\s+(?:--\S+\s+)*(\S+).*$/i, "$1");
    const telling = this.#steps.find(({ id }) =>
      this.#failed === undefined ? this.#ran.has(id) : id === this.#failed,
    );
    const instruction = telling?.instruction;
    return {
      ...(base === undefined ? {} : { base: base.slice(0, longest) }),
      ...(instruction === undefined ? {} : { telling: instruction.slice(0, longest) }),
      ...(this.#byHand ? { byHand: true as const } : {}),
    };
  }
}
