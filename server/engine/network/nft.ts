import { spawn } from "node:child_process";
import { Unavailable } from "../errdefs/errors.ts";

/**
 * Runs one nftables script; the kernel takes all of it or nothing.
 *
 * @throws Unavailable with nft's own words
 */
export async function runNft(script: string): Promise<string> {
  return await run(["-f", "-"], script);
}

/** Output of `nft` with `args`, e.g. `-j list tables`. */
export async function queryNft(...args: string[]): Promise<string> {
  return await run(args, "");
}

function run(args: string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("nft", args, { stdio: ["pipe", "pipe", "pipe"] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    child.stdin.on("error", () => undefined); // it died early: its exit code tells
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
    child.stdin.end(input);
  });
}
