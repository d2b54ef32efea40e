import type { Readable } from "node:stream";
import type { BuildService } from "../../../engine/builds/build-service.ts";
import type { ContextSource } from "../../../engine/builder/context-source.ts";
import { proxyEnvironment } from "../../../engine/builder/lower/arguments.ts";
import { isEngineError, Unknown } from "../../../engine/errdefs/errors.ts";
import type { UploadedContext } from "../../../engine/builds/upload-context.ts";
import type { UrlSource } from "../../../engine/remotes/url-source.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { atLeast } from "../../http/api-version.ts";
import { describeError, HttpError } from "../../http/http-status.ts";
import { empty, errorLine, lines, type Reply } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import { classicError } from "../../translate/classic-error.ts";
import type { SharedServices } from "../services.ts";
import { classicAccount, traceAccount } from "./accounts.ts";
import { buildCacheRoutes } from "./cache.ts";
import { OrderedOutput } from "./ordered-output.ts";
import { StepContainers } from "./step-containers.ts";
import { type RemoteSources, remoteContext } from "./remote.ts";
import { type BuildParameters, buildParameters } from "./request.ts";

/** Unpacks the tar of a build's context (any compression) into a directory of its own, with limits. */
export type UnpackContext = (tar: Readable, signal: AbortSignal) => Promise<UploadedContext>;

/** One at a time goes in as long as the tenant has room. @throws ResourceExhausted */
export interface BuildSlots {
  enter(): () => void;
}

type Needs = Pick<TenantEngine, "builder" | "containers" | "images" | "networks" | "events">;

/** What only builds need, beside the tenant's engine. */
export interface BuildParts {
  unpack: UnpackContext;
  slots: BuildSlots;
  builds: Pick<BuildService, "record">;
}

/** `docker build` with the classic builder's endpoint. */
export function buildRoutes(
  engine: Needs,
  shared: Pick<SharedServices, "collector" | "host" | "urls">,
  parts: BuildParts,
): Route[] {
  return [
    route("POST", "/build/cancel", ({ query }) => cancel(query.string("id"))),
    route("POST", "/build", (call) => build(call, engine, { ...parts, urls: shared.urls })),
    ...buildCacheRoutes(engine, shared),
  ];
}

/** Builds that can be cancelled by name are BuildKit's: there is none, and dockerd says nothing of one it does not know. */
function cancel(id: string | undefined): Reply {
  if (id === undefined) {
    throw new Unknown("build ID not provided");
  }
  return empty(200, { "Content-Type": "application/json" });
}

function build(call: Call, engine: Needs, { unpack, slots, builds, urls }: BuildParts & { urls: UrlSource }): Reply {
  const given = buildParameters(call);
  engine.builder.expectBuild?.();
  const remote = call.query.string("remote");
  const quiet = call.query.bool("q");
  return lines(async (write) => {
    const leave = slots.enter();
    const gone = new AbortController();
    const signal = AbortSignal.any([call.signal, gone.signal]);
    try {
      const told = async (line: object) => (quiet ? undefined : write(line));
      const { source, dockerfile } =
        remote === undefined
          ? { source: await unpackSent(call.body, { unpack, signal }), dockerfile: undefined }
          : await remoteContext(remote, { urls, unpack, git: gitOf(engine, given) }, { write: told, signal });
      const parameters = dockerfile === undefined ? given : { ...given, dockerfile };
      const forceRemove = call.query.bool("forcerm");
      const remove = call.query.string("rm") === undefined || call.query.bool("rm") || forceRemove;
      const output = new OrderedOutput(write, { quiet, onBroken: (error) => gone.abort(error) });
      const kept = { passed: !remove, failed: !forceRemove, host: parameters };
      const containers = new StepContainers(engine, kept);
      const account =
        call.query.string("version") === "2"
          ? traceAccount(output, parameters)
          : classicAccount(output, parameters, {
              containers,
              remove,
              removeFailed: forceRemove,
              ids: atLeast(call.version, "1.30"),
            });
      try {
        const { imageId } = await builds.record({ context: source, ...parameters, signal, ...account.observers });
        await account.settled();
        await output.flush();
        if (quiet) {
          await write({ stream: `${imageId}\n` });
        }
      } catch (error) {
        if (isEngineError(error, "cancelled")) {
          throw error;
        }
        const { message, exitCode, status } = account.failed(error);
        if (!(await output.fail())) {
          throw new HttpError(status ?? describeError(error).status, message);
        }
        await write(errorLine(message, exitCode));
      } finally {
        await source.dispose();
      }
    } finally {
      leave();
    }
  });
}

function gitOf({ builder }: Needs, { network, extraHosts, buildArgs }: BuildParameters): RemoteSources["git"] {
  const proxies = proxyEnvironment(buildArgs, new Set());
  const keepGitDir = /^(?:1|t|true)$/i.test(buildArgs["BUILDKIT_CONTEXT_KEEP_GIT_DIR"] ?? "");
  return (address, signal) =>
    builder.git.fetch(address, { network: network ?? "bridge", extraHosts, proxies, keepGitDir, signal });
}

/** @throws HttpError for what is no archive, in dockerd's words */
async function unpackSent(
  tar: Readable,
  { unpack, signal }: { unpack: UnpackContext; signal: AbortSignal },
): Promise<ContextSource> {
  try {
    return await unpack(tar, signal);
  } catch (error) {
    const { message, status } = classicError(error, "Dockerfile");
    throw status === undefined ? error : new HttpError(status, message);
  }
}
