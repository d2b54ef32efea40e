import { spawn } from "node:child_process";
import { closeSync, writeSync } from "node:fs";
import { Unavailable } from "../errdefs/errors.ts";
import { KernelError } from "./netlink/kernel-error.ts";
import { errno, memfdCreate, MFD_CLOEXEC } from "./netlink/libc.ts";

/**
 * Runs one nftables script; the kernel takes all of it or nothing.
 *
 * @throws Unavailable with nft's own words
 */
export async function runNft(script: string): Promise<string> {
  const file = memoryFile(script);
  try {
    return await run(["-f", "-"], file);
  } finally {
    closeSync(file);
  }
}

/** Output of `nft` with `args`, e.g. `-j list tables`. */
export async function queryNft(...args: string[]): Promise<string> {
  return await run(args, "ignore");
}

/** nft 1.0.9 reads from regular files only, and a pipe of Node's is a socket. */
function memoryFile(text: string): number {
  const fd = memfdCreate("nft", MFD_CLOEXEC);
  if (fd < 0) throw new KernelError("memfd_create for nft", errno());
  const bytes = Buffer.from(text);
  // At a position, so that nft reads from the start.
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at, at);
  return fd;
}

function run(args: string[], input: number | "ignore"): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("nft", args, { stdio: [input, "pipe", "pipe"] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk));
    child.on("error", (cause) => {
      reject(new Unavailable("cannot run nft: install the package nftables", { cause }));
    });
    child.on("close", (code) => {
      if (code === 0) {
        resolve(Buffer.concat(output).toString());
      } else {
        reject(new Unavailable(`nft failed: ${Buffer.concat(errors).toString().trim().slice(0, 2000)}`));
      }
    });
  });
}
