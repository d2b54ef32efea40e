/**
 * The requests that came to a workspace's own Docker API: from the page's clicks, from the docker command in the
 * workstation, from any other client. `GET /drydock/v1/requests?from=` → NDJSON LoggedRequest, live.
 *
 * Headers are not kept at all, so no credentials of a registry are. Of bodies only JSON of a few routes is, without
 * the values of what is named like a secret.
 */
export interface LoggedRequest {
  /** grows by one; the next to ask for is `seq + 1` */
  seq: number;
  /** ms since the epoch */
  time: number;
  /** ms until the answer began */
  duration: number;
  method: string;
  /** as it was asked for, with version and query */
  path: string;
  /** what the client calls itself: `Docker-Client/28.2.2 (linux)`; `page` is our own */
  client: string;
  status: number;
  /** why it failed, in the engine's words */
  error?: string;
  /** JSON as text */
  body?: string;
  /** there was one, which is not shown */
  bodyOmitted?: true;
}

/** A request with this header is one that a client repeats by itself: it is not told of. */
export const quietHeader = "x-drydock-quiet";
/** What `web` calls itself. */
export const pageAgent = "Drydock-Page";
