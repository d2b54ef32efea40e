"use client";
import { useState } from "react";
import type { ReactNode } from "react";
import type { LoggedRequest } from "#contract/request-log.ts";
import { duration } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { DisclosureButton } from "../ui/disclosure.tsx";
import { curlOf, dockerOf } from "./docker-words.ts";

const words = messages.running;

/** One request: a line, and when it is opened how to ask the same. */
export function RequestRow({ request }: { request: LoggedRequest }): ReactNode {
  const [open, setOpen] = useState(false);
  const { method, path, status, client, time } = request;
  return (
    <li data-testid="request">
      <DisclosureButton open={open} onChange={setOpen} className="min-h-7 px-1 text-xs">
        <span
          className={`w-13 shrink-0 font-mono max-[600px]:w-11 font-medium ${method === "GET" || method === "HEAD" ? "text-ink-soft" : "text-accent"}`}
        >
          {method}
        </span>
        <span
          className="min-w-0 flex-1 truncate font-mono max-[600px]:break-all max-[600px]:whitespace-normal"
          title={path}
        >
          {shortPath(path)}
        </span>
        <span className={`shrink-0 font-mono ${status >= 400 ? "text-bad" : "text-good"}`}>{status}</span>
        <span className="max-w-24 shrink-0 truncate text-2xs text-ink-faint max-[600px]:hidden" title={client}>
          {client === "page" ? words.requests.page : client.replace(/^([^/\s(]+).*/, "$1")}
        </span>
        <time className="shrink-0 text-2xs text-ink-faint tabular-nums" dateTime={new Date(time).toISOString()}>
          {new Date(time).toLocaleTimeString("en", { hour12: false })}
        </time>
      </DisclosureButton>
      {open && <Details request={request} />}
    </li>
  );
}

/** What tells it from the others: without the API's version and the query, ids as docker shows them. All of it is in the details. */
function shortPath(path: string): string {
  return path
    .replace(/\?.*/s, "")
    .replace(/^\/v\d+\.\d+(?=\/)/, "")
    .replaceAll(/[0-9a-f]{64}/g, (id) => id.slice(0, 12));
}

function Details({ request }: { request: LoggedRequest }): ReactNode {
  const docker = dockerOf(request);
  const curl = curlOf(request);
  return (
    <div className="mb-1 ml-6 space-y-1.5 border-l border-line pb-1 pl-2.5 text-xs">
      <p className="break-all">
        <span className="font-mono">{request.path}</span>
        <span className="block text-ink-soft">
          {request.status} · {words.requests.took({ time: duration(request.duration) })} · {request.client}
        </span>
      </p>
      {request.error !== undefined && <p className="break-words text-bad">{request.error}</p>}
      {docker === undefined ? (
        <p className="text-ink-faint">{words.requests.noDocker}</p>
      ) : (
        <Command title={words.requests.asDocker} copy={words.requests.copyDocker} text={docker} />
      )}
      <Command title={words.requests.asCurl} copy={words.requests.copyCurl} text={curl} />
      {request.body !== undefined && (
        <div>
          <p className="text-2xs font-medium text-ink-soft">{words.requests.body}</p>
          <pre
            role="region"
            aria-label={words.requests.body}
            // A scrolling region must be reachable by keyboard.
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            tabIndex={0}
            className="max-h-60 overflow-auto rounded-md bg-ground p-2 font-mono whitespace-pre-wrap"
          >
            {JSON.stringify(JSON.parse(request.body), undefined, 2)}
          </pre>
        </div>
      )}
      {request.bodyOmitted && <p className="text-ink-faint">{words.requests.bodyOmitted}</p>}
    </div>
  );
}

function Command({ title, copy, text }: { title: string; copy: string; text: string }): ReactNode {
  return (
    <div>
      <p className="text-2xs font-medium text-ink-soft">{title}</p>
      <div className="flex items-start gap-1">
        <code className="min-w-0 flex-1 rounded-md bg-ground px-2 py-1 font-mono break-all">{text}</code>
        <CopyButton label={copy} text={text} />
      </div>
    </div>
  );
}
