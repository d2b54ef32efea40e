/** A small page in words, for when there is nothing of the container to show. */
export function previewMessage(message: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Preview</title><style>
:root{color-scheme:light dark}body{font:1rem/1.6 system-ui,sans-serif;max-width:30rem;margin:22vh auto;padding:0 1.5rem}
h1{font-size:1.25rem;margin:0 0 .5rem}p{margin:0;opacity:.8}</style>
<h1>Nothing to show here</h1><p>${escape(message)}</p></html>`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
