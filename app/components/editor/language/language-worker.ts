/** The language service in a thread of its own: the editor never waits for it. */
import { DockerfileLanguage } from "../../../../server/language/language-service.ts";
import type { LanguageAnswer, LanguageQuestion } from "./language-client.ts";
import { instructions } from "./instructions.ts";

const language = new DockerfileLanguage(instructions);

addEventListener("message", ({ data }: MessageEvent<LanguageQuestion>) => {
  const answer = (result: Omit<LanguageAnswer, "id">): void => postMessage({ id: data.id, ...result });
  try {
    const method = language[data.method] as (...given: unknown[]) => unknown;
    answer({ result: method.apply(language, data.given) });
  } catch (error) {
    answer({ error: error instanceof Error ? error.message : String(error) });
  }
});
