import path from "node:path";
import { InvalidArgument } from "../../errdefs/errors.ts";

/** A Git repository as ADD and a build's context name it (Dockerfile reference, ADD; docker build, Git repositories). */
export interface GitAddress {
  /** for git itself: without query and fragment */
  remote: string;
  /** `ssh` also for `git@host:path` */
  protocol: "http" | "https" | "git" | "ssh";
  /** a branch, a tag, `refs/...` or a commit; empty: what the repository's HEAD is */
  ref: string;
  /** relative, normal; empty: all of it */
  subdir: string;
  /** a commit's id or its beginning, which `ref` must come to */
  checksum: string | undefined;
  keepGitDir: boolean | undefined;
  submodules: boolean;
  /** times of files: those of the checkout, or the commit's */
  mtime: "checkout" | "commit";
  /** the commit is `checksum`, whatever `ref` has come to */
  fetchByCommit: boolean;
}

const commitId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;

export function isCommitId(text: string): boolean {
  return commitId.test(text);
}

/** Whether a source of ADD is a repository: of web addresses those that end in `.git`. */
export function isGitAddress(text: string): boolean {
  return /^(?:git|ssh):\/\/|^[\w-]+@[\w.-]+:|^https?:\/\/[^?#]*\.git(?:[?#]|$)/i.test(text);
}

/**
 * `https://host/repo.git#ref:directory`, or `?branch=...&subdir=...` instead.
 * @throws InvalidArgument for queries that there are none of, that have no value, or that contradict each other
 */
export function parseGitAddress(text: string): GitAddress {
  const {
    remote = "",
    query = "",
    fragment = "",
  } = /^(?<remote>[^?#]*)(?:\?(?<query>[^#]*))?(?:#(?<fragment>.*))?$/s.exec(text)?.groups ?? {};
  const scheme = /^([a-z]+):\/\//i.exec(remote)?.[1]?.toLowerCase();
  const protocol = scheme === "http" || scheme === "https" || scheme === "git" ? scheme : "ssh";
  const [ref = "", ...directory] = decoded(fragment).split(":");
  const address: GitAddress = {
    remote,
    protocol,
    ref,
    subdir: normalDirectory(directory.join(":")),
    checksum: undefined,
    keepGitDir: undefined,
    submodules: true,
    mtime: "checkout",
    fetchByCommit: false,
  };
  readQuery(address, new URLSearchParams(query));
  if (address.checksum !== undefined && !/^[0-9a-f]+$/i.test(address.checksum)) {
    throw new InvalidArgument(`invalid checksum ${address.checksum} for Git URL, expected hex commit hash`);
  }
  return address;
}

const flags = new Set(["submodules", "keep-git-dir", "fetch-by-commit"]);

function readQuery(address: GitAddress, query: URLSearchParams): void {
  const refs: { branch?: string; tag?: string } = {};
  for (const name of new Set(query.keys())) {
    const [value = "", ...more] = query.getAll(name);
    if (more.length > 0) {
      throw new InvalidArgument(`query "${name}" has multiple values`);
    }
    if (value === "" && !flags.has(name)) {
      throw new InvalidArgument(`query "${name}" has no value`);
    }
    readParameter(address, refs, name, value);
  }
  if (refs.branch !== undefined && refs.tag !== undefined) {
    throw new InvalidArgument("branch conflicts with tag");
  }
  if (refs.tag !== undefined) {
    setRef(address, withPrefix("refs/tags/", refs.tag));
  }
  if (refs.branch !== undefined) {
    setRef(address, withPrefix("refs/heads/", refs.branch));
  }
}

function readParameter(
  address: GitAddress,
  refs: { branch?: string; tag?: string },
  name: string,
  value: string,
): void {
  switch (name) {
    case "ref":
      setRef(address, value);
      return;
    case "tag":
    case "branch":
      refs[name] = value;
      return;
    case "subdir": {
      const subdir = normalDirectory(value);
      if (address.subdir !== "" && address.subdir !== subdir) {
        throw new InvalidArgument(`subdir conflicts: "${address.subdir}" vs "${value}"`);
      }
      address.subdir = subdir;
      return;
    }
    case "checksum":
    case "commit":
      address.checksum = value;
      return;
    case "keep-git-dir":
      address.keepGitDir = truth(name, value);
      return;
    case "submodules":
      address.submodules = truth(name, value);
      return;
    case "fetch-by-commit":
      address.fetchByCommit = truth(name, value);
      return;
    case "mtime":
      if (value !== "checkout" && value !== "commit") {
        throw new InvalidArgument(`invalid mtime value: "${value}" (must be "checkout" or "commit")`);
      }
      address.mtime = value;
      return;
    default:
      throw new InvalidArgument(`unexpected query "${name}"`);
  }
}

function setRef(address: GitAddress, ref: string): void {
  if (address.ref !== "" && address.ref !== ref) {
    throw new InvalidArgument(`ref conflicts: "${address.ref}" vs "${ref}"`);
  }
  address.ref = ref;
}

function withPrefix(prefix: string, name: string): string {
  return name.startsWith(prefix) ? name : prefix + name;
}

/** Go's strconv.ParseBool; a name alone is true. */
function truth(name: string, value: string): boolean {
  if (/^(?:|1|t|T|true|TRUE|True)$/.test(value)) {
    return true;
  }
  if (/^(?:0|f|F|false|FALSE|False)$/.test(value)) {
    return false;
  }
  throw new InvalidArgument(`invalid ${name} value: "${value}"`);
}

function normalDirectory(text: string): string {
  return path.posix.resolve("/", text).slice(1);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a % that stands for itself
  }
}

/** The address for messages: a password in it is left out. */
export function withoutPassword(remote: string): string {
  return remote.replace(/^([a-z]+:\/\/)([^/@]*)@/i, (_, scheme: string, user: string) =>
    user.includes(":") ? `${scheme}${user.slice(0, user.indexOf(":"))}:xxxxx@` : `${scheme}${user}@`,
  );
}
