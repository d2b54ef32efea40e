/** A small page in words, for when there is nothing of the container to show: a paragraph a line, `$ ` before commands. */
export function previewMessage(message: string): string {
  const lines = message
    .split("\n")
    .map((line) => (line.startsWith("$ ") ? `<pre>${escape(line.slice(2))}</pre>` : `<p>${escape(line)}</p>`));
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Preview</title><style>
:root{color-scheme:light dark}body{font:1rem/1.6 system-ui,sans-serif;max-width:30rem;margin:22vh auto;padding:0 1.5rem}
h1{font-size:1.25rem;margin:0 0 .5rem}p{margin:0 0 .75rem;opacity:.8}
pre{margin:0;padding:.5rem .75rem;border:1px solid #8886;border-radius:.375rem;overflow-x:auto}</style>
<h1>Nothing to show here</h1>${lines.join("")}</html>`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
