import { randomBytes } from "node:crypto";
import { standInNote } from "../../catalogue/stand-in.ts";
import { digestOf } from "../../oci/digest.ts";
import type { Instruction, Stage } from "../dockerfile/ast.ts";
import { replacedCheck, stepHistory } from "../steps/step-history.ts";
import type { PlannedStep, StageState } from "./stage-state.ts";

/** The instructions of one stage for those who watch, in the order in which they are gone through. */
export class StageSteps {
  readonly planned: PlannedStep[] = [];
  readonly #stage: Stage;
  readonly #state: StageState;
  readonly #label: string;
  /** the check before the instruction that is added next */
  #check: StageState["config"]["plain"]["Healthcheck"];

  /** @param label `build`; empty when the only stage has no name */
  constructor(stage: Stage, state: StageState, label: string) {
    this.#stage = stage;
    this.#state = state;
    this.#label = label;
    this.#check = state.config.plain.Healthcheck;
  }

  /** Call when the instruction has changed the stage's state. @param trigger an ONBUILD of the base */
  add(instruction: Instruction, range = instruction.range, trigger = false): void {
    const state = this.#state;
    const note =
      instruction.kind === "from"
        ? standInNote(instruction.image.text, state.base.standIn)
        : instruction.kind === "healthcheck"
          ? replacedCheck(this.#check)
          : undefined;
    this.#check = state.config.plain.Healthcheck;
    const last = state.history.at(-1)?.vertex;
    const index = this.planned.length;
    const isVertex = instruction.kind === "from" || (last !== undefined && last === state.vertex);
    this.planned.push({
      id: digestOf(`${this.#stage.index} ${index} ${instruction.text} ${isVertex ? state.vertex.digest : ""}`),
      vertex: isVertex ? state.vertex : undefined,
      stage: this.#stage.name,
      stageLabel: this.#label,
      index,
      instruction: instruction.text,
      range,
      standIn: instruction.kind === "from" ? state.base.standIn : undefined,
      pinned: instruction.kind === "from" ? state.base.pinned : undefined,
      kind: instruction.kind,
      trigger,
      state,
      after: { config: state.config, author: state.author },
      history: stepHistory(instruction, state, state.history.at(-1)?.classic ?? ""),
      sources: "sources" in instruction ? instruction.sources.map(({ text }) => text) : undefined,
      from: "from" in instruction && instruction.from !== undefined,
      note,
      container: instruction.kind === "run" ? state.container : randomBytes(32).toString("hex"),
    });
  }
}
