import { InvalidArgument } from "../errdefs/errors.ts";
import { isDigest, type Digest } from "../oci/digest.ts";

/** A parsed image name (distribution/reference grammar), normalised: `busybox` is docker.io/library/busybox:latest. */
export interface Reference {
  /** `docker.io`, `localhost:5000` */
  domain: string;
  /** `library/busybox` */
  path: string;
  tag: string | undefined;
  digest: Digest | undefined;
}

export const defaultDomain = "docker.io";
export const defaultTag = "latest";
const legacyDefaultDomain = "index.docker.io";
const officialPrefix = "library/";
/** Longest `domain/path` in characters. */
const maxNameLength = 255;

const domainComponent = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const domainPattern = new RegExp(
  `^(?:${domainComponent}(?:\\.${domainComponent})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]{1,5})?$`,
);
const pathPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const hexId = /^[0-9a-f]{64}$/;

/**
 * Parses an image name as `docker pull` takes it and gives it the tag `latest` if it has neither tag nor digest.
 * @throws InvalidArgument with dockerd's words (`invalid reference format`, ...)
 */
export function parseReference(text: string): Reference {
  return withDefaultTag(parseName(text));
}

/**
 * Parses an image name without adding a tag: `busybox` has none.
 * Grammar: distribution/reference, reference.go; familiar names: normalize.go.
 * @throws InvalidArgument with dockerd's words
 */
export function parseName(text: string): Reference {
  if (hexId.test(text)) {
    throw new InvalidArgument(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  // The length bound keeps every pattern below linear on hostile input.
  if (text.length > maxNameLength + 1 + 128 + 1 + 200) {
    throw new InvalidArgument("invalid reference format");
  }
  const [repository = ""] = splitDomain(text).path.split(":");
  if (repository !== repository.toLowerCase()) {
    throw new InvalidArgument("invalid reference format: repository name must be lowercase");
  }
  const { name, tag, digest } = splitSuffixes(text);
  const { domain, path } = splitDomain(name);
  if (!domainPattern.test(domain) || !pathPattern.test(path)) {
    throw new InvalidArgument("invalid reference format");
  }
  if (domain.length + 1 + path.length > maxNameLength) {
    throw new InvalidArgument(`repository name must not be more than ${maxNameLength} characters`);
  }
  return { domain, path, tag, digest };
}

/** Adds the tag `latest` to a name that has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: defaultTag } : reference;
}

/** True if `tag` may stand after the colon. */
export function isTag(tag: string): boolean {
  return tagPattern.test(tag);
}

/** `docker.io/library/busybox` */
export function repositoryOf(reference: Reference): string {
  return `${reference.domain}/${reference.path}`;
}

/** The whole name with nothing left out: `docker.io/library/busybox:latest`. */
export function canonicalString(reference: Reference): string {
  return repositoryOf(reference) + suffixOf(reference);
}

/** The repository as people write it: `busybox`, `user/app`, `ghcr.io/a/b`. */
export function familiarName(reference: Reference): string {
  if (reference.domain !== defaultDomain) {
    return repositoryOf(reference);
  }
  const short = reference.path.startsWith(officialPrefix) ? reference.path.slice(officialPrefix.length) : "";
  return short !== "" && !short.includes("/") ? short : reference.path;
}

/** The name as people write it, with tag and digest: `busybox:latest`, `busybox@sha256:...`. */
export function familiarString(reference: Reference): string {
  return familiarName(reference) + suffixOf(reference);
}

function suffixOf(reference: Reference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return tag + digest;
}

function splitSuffixes(text: string): { name: string; tag: string | undefined; digest: Digest | undefined } {
  let name = text;
  let digest: Digest | undefined;
  const at = name.indexOf("@");
  if (at >= 0) {
    const given = name.slice(at + 1);
    if (!isDigest(given)) {
      throw new InvalidArgument(digestMistake(given));
    }
    digest = given;
    name = name.slice(0, at);
  }
  let tag: string | undefined;
  const colon = name.lastIndexOf(":");
  if (colon > name.lastIndexOf("/")) {
    tag = name.slice(colon + 1);
    name = name.slice(0, colon);
    if (!tagPattern.test(tag)) {
      throw new InvalidArgument("invalid reference format");
    }
  }
  return { name, tag, digest };
}

const digestLike = /^([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*):([0-9A-Fa-f]{32,})$/;

/** As dockerd says it (distribution's reference, go-digest): what has not even a digest's shape is no reference. */
function digestMistake(text: string): string {
  const [shape, algorithm, digits = ""] = digestLike.exec(text) ?? [];
  if (shape === undefined) return "invalid reference format";
  if (algorithm !== "sha256") return "unsupported digest algorithm";
  return digits.length === 64 ? "invalid checksum digest format" : "invalid checksum digest length";
}

/** What is before the first slash is a domain if it looks like one: a dot, a colon, upper case, or `localhost`. */
function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf("/");
  const head = slash < 0 ? "" : name.slice(0, slash);
  const isDomain = slash >= 0 && (/[.:]/.test(head) || head === "localhost" || head !== head.toLowerCase());
  let domain = isDomain ? head : defaultDomain;
  let path = isDomain ? name.slice(slash + 1) : name;
  if (domain === legacyDefaultDomain) {
    domain = defaultDomain;
  }
  if (domain === defaultDomain && !path.includes("/")) {
    path = officialPrefix + path;
  }
  return { domain, path };
}
