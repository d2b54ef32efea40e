/** A command cannot go on. The message says what is wrong and what to do; it is printed without a stack. */
export class CommandError extends Error {
  override name = "CommandError";
}
