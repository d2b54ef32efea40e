import type { CheckFindings } from "#contract/extension-api.ts";
import type { WorkspaceApi } from "../../lib/api.ts";
import { failureInWords, warningInWords } from "../../lib/engine-text.ts";
import { isDockerfile, nameOf } from "../files/file-tree-model.ts";
import type { TextDocument } from "./text-document.ts";

/** A pause in the typing after which the text is checked, ms. */
const pause = 500;

/** Has the engine check the text of a Dockerfile while it is written: `document.findings` is about its latest text. */
export class DockerfileChecks {
  readonly #api: WorkspaceApi;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  constructor(api: WorkspaceApi) {
    this.#api = api;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#turn++;
  }

  /** What was found before stays shown until the new text is judged: marks that flicker are worse than late ones. */
  soon(document: TextDocument, after = pause): void {
    if (!isDockerfile(document.path)) return;
    this.stop();
    this.#timer = setTimeout(() => void this.#check(document), after);
  }

  async #check(document: TextDocument): Promise<void> {
    const turn = this.#turn;
    let findings: CheckFindings | undefined;
    try {
      const { failure, further, warnings } = await this.#api.checkDockerfile(nameOf(document.path), document.text);
      findings = {
        ...(failure === undefined ? {} : { failure: failureInWords(failure) }),
        ...(further === undefined ? {} : { further: further.map(failureInWords) }),
        warnings: warnings.map(warningInWords),
      };
    } catch {
      // No judgement is better than an old one; the build will say it, too.
    }
    if (turn === this.#turn) document.findings.set(findings);
  }
}
