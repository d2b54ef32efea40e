import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { didYouMean } from "../contract/suggest.ts";
import { CommandError } from "./command-error.ts";

/** The text of `./drydock help NAME`, or of `./drydock help`; undefined when there is no such command. */
export function helpText(name = "drydock"): string | undefined {
  const file = join(import.meta.dirname, "help", `${name}.txt`);
  return /^[a-z]+$/.test(name) && existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** Whether `./drydock NAME args` is to explain the command instead of running it. */
export function asksForHelp(args: readonly string[]): boolean {
  return args[0] === "help" || args.includes("--help") || args.includes("-h");
}

/** What is wrong with a command's arguments, with the way to its help. */
export function usageError(command: string, problem: string): CommandError {
  return new CommandError(`${problem}\nSee ./drydock help ${command}`);
}

/**
 * The arguments of a command, as node:util's `parseArgs` gives them.
 * @param most words beside options that it takes
 * @throws CommandError: an option that it has not (did you mean …?), one without its value, a word too many
 */
export function readArguments<const Options extends ParseArgsOptionsConfig>(
  command: string,
  args: readonly string[],
  options: Options,
  most = 0,
) {
  const given = { args: [...args], options, allowPositionals: true as const };
  const { tokens } = parseArgs({ ...given, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option" || Object.hasOwn(options, token.name)) continue;
    const meant = didYouMean(
      token.rawName,
      Object.keys(options).map((name) => `--${name}`),
    );
    throw usageError(command, `${command} has no option ${token.rawName}${meant}`);
  }
  const parsed = parse(command, given);
  const [extra] = parsed.positionals.slice(most);
  if (extra !== undefined) throw usageError(command, `${command} does not take "${extra}"`);
  return parsed;
}

function parse<const Options extends ParseArgsOptionsConfig>(
  command: string,
  given: { args: string[]; options: Options; allowPositionals: true },
) {
  try {
    return parseArgs(given);
  } catch (error) {
    // Its advice, after the first sentence, is how Node would write it.
    const [problem = ""] = (error as Error).message.split(/\.\s/, 1);
    throw usageError(command, problem.replace("argument is ambiguous", "argument missing: what follows begins with -"));
  }
}

/** What a command does for its first word. @throws CommandError with the words there are */
export function verbOf<Act>(command: string, verbs: Readonly<Record<string, Act>>, word: string): Act {
  const act = Object.hasOwn(verbs, word) ? verbs[word] : undefined;
  if (act !== undefined) return act;
  const names = Object.keys(verbs);
  throw usageError(command, `${command} has no "${word}"${didYouMean(word, names)}: ${names.join(", ")}`);
}
