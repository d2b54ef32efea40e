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

/**
 * The files of a repository, as a file system.
 * @param flags `--checksum` and `--keep-git-dir` of ADD, which the address may have as well
 * @throws BuildError where they contradict each other
 */
export function gitVertex(
  text: string,
  flags: { checksum: string | undefined; keepGitDir: boolean | undefined },
  { place, context, ignoreCache }: { place: Place; context: LoweringContext; ignoreCache: boolean },
): Vertex<BuildResult> {
  const { request, work, execTools, network } = context;
  try {
    const address = withFlags(parseGitAddress(text), flags, place);
    const keepGitDir = address.keepGitDir ?? false;
    const sandbox = new GitSandbox(work, execTools, {
      network,
      extraHosts: request.extraHosts,
      proxies: proxyEnvironment(request.buildArgs, new Set()),
    });
    const repository = new GitRepository(address, sandbox, request.secrets?.values ?? new Map());
    const op = new GitOp(address, keepGitDir, repository, work);
    return makeVertex(["git", address], op, [context.scratch()], ignoreCache);
  } catch (error) {
    throw place.locate(error);
  }
}

function withFlags(
  address: GitAddress,
  { checksum, keepGitDir }: { checksum: string | undefined; keepGitDir: boolean | undefined },
  place: Place,
): GitAddress {
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
