/** What a docker client writes out of itself, whatever the engine answered; each version has other words. */
const ownWords: readonly RegExp[] = [
  /^DEPRECATED: The legacy builder is deprecated.*\n(?:[ ]+\S.*\n)*/gm,
  /^Usage: +docker .*$/gm,
  /^Run 'docker [\w ]+ --help' for more information$/gm,
  /^See 'docker [\w ]+ --help'\.$/gm,
  /^time="?<time>"? level=error msg="error waiting for container: .*"$/gm,
];

/** What is left of a program's stderr without them, and without empty lines; of other values themselves. */
export function withoutClientsWords(stderr: unknown): unknown {
  if (typeof stderr !== "string") return stderr;
  const left = ownWords.reduce((text, words) => text.replaceAll(words, ""), stderr);
  return left.replaceAll(/\n{2,}/g, "\n").trim();
}
