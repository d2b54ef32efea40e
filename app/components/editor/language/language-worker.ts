/** The language service in a thread of its own: the editor never waits for it. */
import { DockerfileLanguage } from "../../../../server/language/language-service.ts";
import type { LanguageAnswer, LanguageQuestion, LanguageStart } from "./language-client.ts";

let language = new DockerfileLanguage([]);

addEventListener("message", ({ data }: MessageEvent<LanguageStart | LanguageQuestion>) => {
  if ("instructions" in data) {
    language = new DockerfileLanguage(data.instructions);
    return;
  }
  const answer = (result: Omit<LanguageAnswer, "id">): void => postMessage({ id: data.id, ...result });
  try {
    const method = language[data.method] as (...given: unknown[]) => unknown;
    answer({ result: method.apply(language, data.given) });
  } catch (error) {
    answer({ error: error instanceof Error ? error.message : String(error) });
  }
});
