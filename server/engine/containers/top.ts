import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { messageOf, Unknown } from "../errdefs/errors.ts";
import type { IdMap } from "../mount/mount.ts";
import { readBeginning } from "../read-beginning.ts";

const run = promisify(execFile);

/** Processes of a container as ps(1) on the machine shows them; ids of users as the container sees them. */
export async function listProcesses(
  pids: readonly number[],
  psArgs: string,
  idMap: IdMap,
): Promise<{ titles: string[]; processes: string[][] }> {
  const wanted = psArgs.trim() === "" ? "-ef" : psArgs.trim();
  if (wanted === "-ef") {
    return fullList(pids, idMap);
  }
  return parse(await ps(wanted.split(/\s+/), pids), new Set(pids), idMap);
}

/** Without a shell, and only what names columns: other arguments could make ps read files. */
async function ps(args: readonly string[], pids: readonly number[]): Promise<string> {
  const strange = args.find((arg) => !/^[a-zA-Z0-9_,=:%@-]+$/.test(arg));
  if (strange !== undefined) {
    throw new Unknown(`ps: error: ${complaintOf(strange)}`);
  }
  // A column that is only called PID would show the rows of others: whose size, say, is a process's number here.
  const renamed = args.find((arg) => /[=%]/.test(arg.replace(/^--[a-z]+=/, "")));
  if (renamed !== undefined) {
    throw new Unknown(
      `ps: error: headings of your own are not taken here: leave out what follows = or % in "${renamed}"`,
    );
  }
  const output = async (all: readonly string[]) =>
    (await run("ps", [...all], { env: { ...process.env, LC_ALL: "C" }, maxBuffer: 16 << 20 })).stdout;
  try {
    // Some options do not go with -q.
    return await output([...args, `-q${pids.join(",")}`]).catch(() => output(args));
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    // It has found none: whether there are such processes on the machine is not told.
    if (stderr === "" && stdout !== "") return stdout;
    const [said = ""] = stderr.split("\n");
    throw new Unknown(`ps: ${said === "" ? messageOf(error) : said}`, { cause: error });
  }
}

/** procps' words (ps/parser.c), which go by how the argument begins. */
function complaintOf(strange: string): string {
  if (strange.startsWith("--")) return "unknown gnu long option";
  if (/^-[a-zA-Z]/.test(strange)) return "unsupported SysV option";
  return /^[a-zA-Z]/.test(strange) ? "unsupported option (BSD syntax)" : "garbage option";
}

/** Rows of the wanted processes; the last column holds what is left of its line. */
function parse(output: string, pids: ReadonlySet<number>, idMap: IdMap): { titles: string[]; processes: string[][] } {
  const [header = "", ...lines] = output.split("\n").filter((line) => line.trim() !== "");
  const titles = header.trim().split(/\s+/);
  const pidColumn = titles.indexOf("PID");
  if (pidColumn < 0) {
    throw new Unknown("Couldn't find PID field in ps output");
  }
  const processes = lines
    .map((line) => {
      const fields = line.trim().split(/\s+/);
      return [...fields.slice(0, titles.length - 1), fields.slice(titles.length - 1).join(" ")];
    })
    .filter((fields) => pids.has(Number(fields[pidColumn])))
    .map((fields) =>
      fields.map((field, column) => (userTitles.has(titles[column] ?? "") ? inside(field, idMap) : field)),
    );
  return { titles, processes };
}

/** Bytes. Each process may have megabytes, and thousands may have the same ones, which are memory of theirs once. */
const mostArgumentsOfAll = 8 * 1024 ** 2;

const userTitles = new Set(["USER", "UID", "EUSER", "EUID", "RUSER", "RUID"]);

/** `ps -ef` from /proc: needs no program, and knows what the container calls its users. */
async function fullList(pids: readonly number[], idMap: IdMap): Promise<{ titles: string[]; processes: string[][] }> {
  const boot = await bootTime();
  const mostArguments = Math.min(128 * 1024, Math.floor(mostArgumentsOfAll / pids.length));
  const rows = await Promise.all(pids.map((pid) => processRow(pid, idMap, boot, mostArguments)));
  return {
    titles: ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"],
    processes: rows.filter((row) => row !== undefined),
  };
}

async function processRow(
  pid: number,
  idMap: IdMap,
  boot: number,
  mostArguments: number,
): Promise<string[] | undefined> {
  let stat: string;
  let status: string;
  let commandLine: string;
  try {
    [stat, status, commandLine] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile(`/proc/${pid}/status`, "utf8"),
      readBeginning(`/proc/${pid}/cmdline`, mostArguments),
    ]);
  } catch {
    return undefined; // it has just ended
  }
  // proc(5): the name is in parentheses and may hold any character.
  const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [ppid = "0", ticksUser = "0", ticksSystem = "0", start = "0"] = [fields[1], fields[11], fields[12], fields[19]];
  const seconds = Math.floor((Number(ticksUser) + Number(ticksSystem)) / 100);
  const startedAt = boot + Number(start) * 10;
  const command = commandLine.replaceAll("\0", " ").trim();
  const elapsed = Math.max(1, (Date.now() - startedAt) / 1_000);
  return [
    userOf(status, idMap),
    String(pid),
    ppid,
    String(Math.min(99, Math.floor((seconds / elapsed) * 100))),
    startTime(startedAt),
    terminalOf(Number(fields[4] ?? 0)),
    clock(seconds),
    command === "" ? `[${name}]` : command,
  ];
}

function userOf(status: string, idMap: IdMap): string {
  return inside(/^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1] ?? "0", idMap);
}

/** A user as the container calls it. */
function inside(user: string, idMap: IdMap): string {
  const uid = /^\d+$/.test(user) ? Number(user) : undefined;
  if (uid === undefined) {
    return user;
  }
  const own = uid >= idMap.hostBase && uid < idMap.hostBase + idMap.size ? uid - idMap.hostBase : uid;
  return own === 0 ? "root" : String(own);
}

/** proc(5): major 136 and on are pseudo-terminals. */
function terminalOf(device: number): string {
  const major = (device >> 8) & 0xfff;
  return major >= 136 && major <= 143 ? `pts/${(device & 0xff) + (major - 136) * 256}` : "?";
}

function startTime(startedAt: number): string {
  const date = new Date(startedAt);
  const two = (value: number) => String(value).padStart(2, "0");
  return Date.now() - startedAt < 86_400_000
    ? `${two(date.getHours())}:${two(date.getMinutes())}`
    : `${date.toLocaleString("en", { month: "short" })}${two(date.getDate())}`;
}

function clock(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** ms since the epoch */
async function bootTime(): Promise<number> {
  const match = /^btime (\d+)$/m.exec(await readFile("/proc/stat", "utf8"));
  return Number(match?.[1] ?? 0) * 1_000;
}
