import { type GitAddress, parseGitAddress } from "../git/git-address.ts";
import { GitRepository } from "../git/git-repository.ts";
import { GitSandbox } from "../git/git-sandbox.ts";
import { GitOp } from "../ops/git.ts";
import type { BuildResult } from "../ops/result.ts";
import type { Vertex } from "../solver/types.ts";
import { proxyEnvironment } from "./arguments.ts";
import type { LoweringContext } from "./lowering-context.ts";
import type { Place } from "./place.ts";
import { makeVertex } from "./vertex.ts";

/** Of ADD, whose address may have them as well. */
export interface GitFlags {
  checksum: string | undefined;
  keepGitDir: boolean | undefined;
}

/** The files of a repository, as a file system. @throws BuildError (`gitRepository`) */
export function gitVertex(
  text: string,
  flags: GitFlags,
  { place, context, ignoreCache }: { place: Place; context: LoweringContext; ignoreCache: boolean },
): Vertex<BuildResult> {
  const { address, repository } = gitRepository(text, flags, { place, context });
  const op = new GitOp(address, address.keepGitDir ?? false, repository, context.work);
  return makeVertex(["git", address], op, [context.scratch()], ignoreCache);
}

/** @throws BuildError for no address of a repository, and where flags and address contradict each other */
export function gitRepository(
  text: string,
  flags: GitFlags,
  { place, context }: { place: Place; context: LoweringContext },
): { address: GitAddress; repository: GitRepository } {
  const { request, work, execTools, network } = context;
  try {
    const address = withFlags(parseGitAddress(text), flags, place);
    const sandbox = new GitSandbox(work, execTools, {
      network,
      extraHosts: request.extraHosts,
      proxies: proxyEnvironment(request.buildArgs, new Set()),
    });
    return { address, repository: new GitRepository(address, sandbox, request.secrets?.values ?? new Map()) };
  } catch (error) {
    throw place.locate(error);
  }
}

function withFlags(address: GitAddress, { checksum, keepGitDir }: GitFlags, place: Place): GitAddress {
  if (keepGitDir !== undefined && address.keepGitDir !== undefined && keepGitDir !== address.keepGitDir) {
    throw place.fail("inconsistent keep-git-dir configuration", { hint: "say it once, in the flag or in the address" });
  }
  const given = checksum === "" ? undefined : checksum;
  if (given !== undefined && address.checksum !== undefined && given !== address.checksum) {
    throw place.fail(`checksum mismatch "${given}" != "${address.checksum}"`, {
      hint: "say it once, in the flag or in the address",
    });
  }
  if (given !== undefined && !/^[0-9a-f]+$/i.test(given)) {
    throw place.fail(`invalid checksum ${given} for Git URL, expected hex commit hash`, {
      hint: "write a commit's id, as git log prints it",
    });
  }
  return { ...address, keepGitDir: keepGitDir ?? address.keepGitDir, checksum: given ?? address.checksum };
}
