import type { Place } from "./place.ts";

/** Build arguments that decide how steps run (Dockerfile reference, BuildKit built-in build args). No ARG declares them. */
const hostnameArgument = "BUILDKIT_SANDBOX_HOSTNAME";
const cacheNamespaceArgument = "BUILDKIT_CACHE_MOUNT_NS";

export const stepArguments = [hostnameArgument, cacheNamespaceArgument];

type BuildArgs = Readonly<Record<string, string | undefined>>;

/** What each RUN is told its machine is called, if the build says so. @throws BuildError for what no host is called */
export function givenHostname(buildArgs: BuildArgs, place: Place): string | undefined {
  const name = buildArgs[hostnameArgument] ?? "";
  if (name === "") return undefined;
  if (!/^[\dA-Za-z](?:[\w.-]{0,61}[\dA-Za-z])?$/.test(name)) {
    throw place.fail(`${hostnameArgument}: "${name}" is no host name`, {
      hint: "letters, digits, - and . make one of at most 63",
    });
  }
  return name;
}

/** A cache mount's name among those of its build: others have caches of their own under the same. */
export function inNamespace(id: string, buildArgs: BuildArgs): string {
  const namespace = buildArgs[cacheNamespaceArgument] ?? "";
  return namespace === "" ? id : `${namespace}/${id}`;
}
