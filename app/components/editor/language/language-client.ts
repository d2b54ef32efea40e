import type { DockerfileLanguage, Instruction } from "../../../../server/language/language-service.ts";
import { instructions } from "./instructions.ts";

export type LanguageMethod = "complete" | "hover" | "signature" | "stage" | "rename" | "format";
type Methods = Pick<DockerfileLanguage, LanguageMethod>;

/** The first thing that the worker is told: it does not know the language of the page. */
export interface LanguageStart {
  instructions: readonly Instruction[];
}

export interface LanguageQuestion {
  id: number;
  method: LanguageMethod;
  given: unknown[];
}

/** One of both. */
export interface LanguageAnswer {
  id: number;
  result?: unknown;
  /** a sentence */
  error?: string;
}

/** The language service in its worker. */
export class LanguageClient {
  #worker: Worker | undefined;
  #counter = 0;
  readonly #waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();

  /** While there is a connection: the first question may come when there is none. */
  start(): void {
    this.#worker ??= this.#start();
  }

  /** Undefined where the service could not be loaded, or has ended: with the next question it is started anew. @throws its refusal */
  ask<Method extends LanguageMethod>(
    method: Method,
    ...given: Parameters<Methods[Method]>
  ): Promise<ReturnType<Methods[Method]> | undefined> {
    const worker = (this.#worker ??= this.#start());
    const id = ++this.#counter;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    // A worker is of this page: it has no origin of its own.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    worker.postMessage({ id, method, given } satisfies LanguageQuestion);
    return promise as Promise<ReturnType<Methods[Method]> | undefined>;
  }

  #start(): Worker {
    const worker = new Worker(new URL("./language-worker.ts", import.meta.url), { type: "module", name: "dockerfile" });
    worker.addEventListener("message", ({ data }: MessageEvent<LanguageAnswer>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.error === undefined) waiting?.resolve(data.result);
      else waiting?.reject(new Error(data.error));
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#worker = undefined;
      for (const { resolve } of this.#waiting.values()) resolve(undefined);
      this.#waiting.clear();
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    worker.postMessage({ instructions } satisfies LanguageStart);
    return worker;
  }
}
