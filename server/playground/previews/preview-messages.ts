import type { IncomingHttpHeaders } from "node:http";
// The page's texts: all that somebody reads in a browser is in them.
import { sayIn } from "../../../app/lib/engine-text.ts";
import { languageOf, messagesIn } from "../../../app/lib/language.ts";

/**
 * A small page in words, for when there is nothing of the container to show: a paragraph a line, `$ ` before commands.
 * In the language that `headers`, the request's, ask for.
 */
export function previewMessage(message: string, headers: IncomingHttpHeaders): string {
  const language = languageOf({ get: (name) => headers[name]?.toString() ?? null });
  const words = messagesIn(language).preview;
  const lines = sayIn(language, message)
    .split("\n")
    .map((line) => (line.startsWith("$ ") ? `<pre>${escape(line.slice(2))}</pre>` : `<p>${escape(line)}</p>`));
  return `<!doctype html><html lang="${language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${words.title}</title><style>
:root{color-scheme:light dark}body{font:1rem/1.6 system-ui,sans-serif;max-width:30rem;margin:22vh auto;padding:0 1.5rem}
h1{font-size:1.25rem;margin:0 0 .5rem}p{margin:0 0 .75rem;opacity:.8}
pre{margin:0;padding:.5rem .75rem;border:1px solid #8886;border-radius:.375rem;overflow-x:auto}</style>
<h1>${words.nothing}</h1>${lines.join("")}</html>`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
