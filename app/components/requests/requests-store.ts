import type { LoggedRequest } from "#contract/request-log.ts";
import type { Connection } from "../../lib/connection.ts";
import { Store } from "../../lib/store.ts";

/** Requests that the page keeps, the newest. */
const mostRequests = 300;

/** What has been asked of the workspace's Docker API; followed while it is in sight, from where it was left. */
export class RequestsStore {
  readonly list = new Store<readonly LoggedRequest[]>([]);
  #next = 0;

  follow(connection: Connection): () => void {
    return connection.follow(
      { kind: "requests", position: this.#next },
      {
        onData: (requests, position) => {
          // After a restart of the engine it counts from the beginning again.
          const anew = (requests[0]?.seq ?? 0) < this.#next;
          this.#next = position;
          this.list.update((before) => [...(anew ? [] : before), ...requests].slice(-mostRequests));
        },
      },
    );
  }

  /** Returns its undoing. */
  clear(): () => void {
    const gone = this.list.value;
    this.list.set([]);
    return () => this.list.update((since) => [...gone, ...since].slice(-mostRequests));
  }
}
