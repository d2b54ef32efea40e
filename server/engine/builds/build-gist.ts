import type { BuildVertex, NewBuildEvent } from "../../contract/build-events.ts";
import type { BuildSummary } from "../../contract/extension-api.ts";

const longest = 200;

/** What tells one build from another in a list: what it began from, and where it failed or what it did anew first. */
export class BuildGist {
  readonly #steps: BuildVertex[] = [];
  readonly #ran = new Set<string>();
  #failed: string | undefined;
  #isFailed = false;
  #byHand = false;

  hear(event: NewBuildEvent): void {
    if (event.type === "vertex") {
      this.#steps.push(event.vertex);
      this.#byHand ||= event.vertex.byHand !== undefined;
    } else if (event.type === "vertex-completed" && event.error !== undefined) {
      this.#failed ??= event.id;
    } else if (event.type === "failed") {
      this.#isFailed = true;
    } else if (event.type === "vertex-completed" && !event.cached && event.reason.kind !== "not-cacheable") {
      this.#ran.add(event.id);
    }
  }

  get told(): Pick<BuildSummary, "base" | "telling" | "byHand"> {
    const base = this.#bases().join(", ");
    // Without a step that has failed, the error tells more than what ran before it.
    const isTelling = (id: string): boolean =>
      this.#isFailed || this.#failed !== undefined ? id === this.#failed : this.#ran.has(id);
    const telling = this.#steps.find(({ id }) => isTelling(id));
    const instruction = telling?.instruction;
    return {
      ...(base === "" ? {} : { base: base.slice(0, longest) }),
      ...(instruction === undefined ? {} : { telling: instruction.slice(0, longest) }),
      ...(this.#byHand ? { byHand: true as const } : {}),
    };
  }

  /** Of its stages; one that goes on from another of them began where that did. */
  #bases(): string[] {
    const stages = new Set(this.#steps.map(({ stage }) => stage.toLowerCase()));
    const bases = this.#steps.flatMap(({ stage, instruction }) => {
      const base = stage === "" ? undefined : /^FROM\s+(?:--\S+\s+)*(\S+)/i.exec(instruction)?.[1];
      const name = base?.toLowerCase() ?? "";
      return base === undefined || (name !== stage.toLowerCase() && stages.has(name)) ? [] : [base];
    });
    return [...new Set(bases)];
  }
}
