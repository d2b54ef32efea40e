/** crun's, on the program's standard error: the kernel refused the program when everything else was ready. */
const crunWords = /^exec container process (?:\([^)]*\) )?[`']([^`']*)[`']: ([A-Za-z ]+?)(\r?\n)?$/;

/**
 * The first output of a program, in runc's words where it is the runtime's: `exec /s: no such file or directory` (a
 * script whose interpreter is not there), `exec /s: exec format error` (another processor's program).
 */
export function inRuncWords(first: Buffer): Buffer {
  const match = first.length < 4_500 ? crunWords.exec(first.toString("utf8")) : null;
  return match === null ? first : Buffer.from(`exec ${match[1]}: ${match[2]?.toLowerCase()}${match[3] ?? ""}`);
}
