import { closeSync, fstatSync, readSync } from "node:fs";
import koffi from "koffi";
import type { SeccompProfile, SeccompRule } from "./seccomp.ts";

/** libseccomp's constants (seccomp.h). */
const actions: Record<string, number> = {
  SCMP_ACT_KILL: 0x00000000,
  SCMP_ACT_KILL_THREAD: 0x00000000,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};
const actErrno = 0x00050000;
const comparisons: Record<string, number> = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
};
/** SCMP_FLTATR_CTL_OPTIMIZE, 2: a binary tree over the numbers instead of a chain of comparisons */
const attributeOptimize = 8;
const binaryTree = 2;
const unknownCall = -1;
const EPERM = 1;
const EEXIST = 17;

const knownKeys = new Set(["defaultAction", "defaultErrnoRet", "architectures", "syscalls"]);
/** Distinct profiles kept: one for each set of capabilities in use. */
const kept = 32;

/**
 * Seccomp profiles as the kernel takes them (BPF), made once and used for every container: a runtime compiles a
 * profile of 350 calls and three architectures anew at each start, which takes longer than all the rest of it.
 */
export class SeccompCompiler {
  readonly #programs = new Map<string, string | undefined>();
  #library: Library | undefined;

  /** The program in base64; undefined for what only the runtime can do (notifications, flags), or without libseccomp. */
  compile(profile: unknown): string | undefined {
    const key = JSON.stringify(profile);
    if (this.#programs.has(key)) return this.#programs.get(key);
    const program = isPlain(profile) ? this.#compile(profile) : undefined;
    const [oldest] = this.#programs.keys();
    if (this.#programs.size >= kept && oldest !== undefined) this.#programs.delete(oldest);
    this.#programs.set(key, program);
    return program;
  }

  #compile(profile: SeccompProfile): string | undefined {
    try {
      this.#library ??= loadLibrary();
    } catch {
      // Not on this machine: the runtime brings its own way.
      return undefined;
    }
    return compileWith(this.#library, profile);
  }
}

type Library = ReturnType<typeof loadLibrary>;
type Context = unknown;

function loadLibrary() {
  const seccomp = koffi.load("libseccomp.so.2");
  const libc = koffi.load("libc.so.6");
  const argument = koffi.struct({ arg: "unsigned int", op: "int", datum_a: "uint64_t", datum_b: "uint64_t" });
  const bind = <T>(name: string, result: string, args: (string | ReturnType<typeof koffi.struct>)[]) =>
    seccomp.func(name, result, args) as unknown as T;
  return {
    init: bind<(action: number) => Context>("seccomp_init", "void *", ["uint32_t"]),
    release: bind<(context: Context) => void>("seccomp_release", "void", ["void *"]),
    addArchitecture: bind<(context: Context, token: number) => number>("seccomp_arch_add", "int", [
      "void *",
      "uint32_t",
    ]),
    architecture: bind<(name: string) => number>("seccomp_arch_resolve_name", "uint32_t", ["str"]),
    systemCall: bind<(name: string) => number>("seccomp_syscall_resolve_name", "int", ["str"]),
    addRule: bind<
      (context: Context, action: number, systemCall: number, count: number, args: RuleArgument[]) => number
    >("seccomp_rule_add_array", "int", ["void *", "uint32_t", "int", "unsigned int", koffi.pointer(argument)]),
    setAttribute: bind<(context: Context, attribute: number, value: number) => number>("seccomp_attr_set", "int", [
      "void *",
      "int",
      "uint32_t",
    ]),
    export: bind<(context: Context, fd: number) => number>("seccomp_export_bpf", "int", ["void *", "int"]),
    memoryFile: libc.func("memfd_create", "int", ["str", "unsigned int"]) as (name: string, flags: number) => number,
  };
}

interface RuleArgument {
  arg: number;
  op: number;
  datum_a: bigint;
  datum_b: bigint;
}

/** As the runtimes do it (runtime-spec config-linux.md, Seccomp); undefined when libseccomp refuses something. */
function compileWith(library: Library, profile: SeccompProfile): string | undefined {
  const context = library.init(actionOf(profile.defaultAction, profile.defaultErrnoRet));
  if (context === null) return undefined;
  try {
    for (const name of profile.architectures ?? []) {
      const token = library.architecture(name.replace("SCMP_ARCH_", "").toLowerCase());
      if (token === 0) return undefined;
      const result = library.addArchitecture(context, token);
      // The machine's own is there from the start.
      if (result !== 0 && result !== -EEXIST) return undefined;
    }
    // Also faster for the container at each call. Older libraries do not know it: then it is a chain.
    library.setAttribute(context, attributeOptimize, binaryTree);
    if (!profile.syscalls.every((rule) => addRule(library, context, rule))) return undefined;
    return exportProgram(library, context);
  } finally {
    library.release(context);
  }
}

function addRule(library: Library, context: Context, rule: SeccompRule): boolean {
  const action = actionOf(rule.action, rule.errnoRet);
  const args = (rule.args ?? []).map((each) => ({
    arg: each.index,
    op: comparisons[each.op] ?? 0,
    datum_a: BigInt(each.value),
    datum_b: BigInt(each.valueTwo ?? 0),
  }));
  return rule.names.every((name) => {
    const number = library.systemCall(name);
    // A call that no architecture has, or that is newer than the library.
    return number === unknownCall || library.addRule(context, action, number, args.length, args) === 0;
  });
}

function exportProgram(library: Library, context: Context): string | undefined {
  const closeOnExec = 1;
  const file = library.memoryFile("seccomp", closeOnExec);
  if (file < 0) return undefined;
  try {
    if (library.export(context, file) !== 0) return undefined;
    const program = Buffer.alloc(fstatSync(file).size);
    readSync(file, program, 0, program.length, 0);
    return program.toString("base64");
  } finally {
    closeSync(file);
  }
}

function actionOf(name: string, errno = EPERM): number {
  return name === "SCMP_ACT_ERRNO" ? actErrno | errno : (actions[name] ?? 0);
}

/** A profile with nothing in it but what is compiled here. It may be a user's own: checked to the last value. */
function isPlain(profile: unknown): profile is SeccompProfile {
  if (typeof profile !== "object" || profile === null) return false;
  if (!Object.keys(profile).every((key) => knownKeys.has(key))) return false;
  const { defaultAction, defaultErrnoRet, architectures, syscalls } = profile as Partial<SeccompProfile>;
  return (
    isAction(defaultAction) &&
    isErrno(defaultErrnoRet) &&
    isNames(architectures) &&
    Array.isArray(syscalls) &&
    syscalls.every((rule) => isPlainRule(rule))
  );
}

function isPlainRule(rule: unknown): boolean {
  if (typeof rule !== "object" || rule === null) return false;
  const { names, action, errnoRet, args = [] } = rule as Partial<SeccompRule>;
  if (!isNames(names) || !isAction(action) || !isErrno(errnoRet) || !Array.isArray(args)) return false;
  const indexes = new Set(args.map(({ index }) => index));
  // Two conditions on one argument: the runtimes differ in what they make of that.
  return indexes.size === args.length && args.every((each) => Object.hasOwn(comparisons, each.op) && isOperand(each));
}

function isOperand({ index, value, valueTwo = 0 }: NonNullable<SeccompRule["args"]>[number]): boolean {
  return [index, value, valueTwo].every((number) => Number.isSafeInteger(number) && number >= 0) && index < 6;
}

function isAction(name: unknown): boolean {
  return typeof name === "string" && (name === "SCMP_ACT_ERRNO" || Object.hasOwn(actions, name));
}

function isErrno(value: unknown): boolean {
  return value === undefined || (Number.isInteger(value) && (value as number) >= 0 && (value as number) < 4096);
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === "string" && !name.includes("\0"));
}
