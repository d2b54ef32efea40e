import type { UserLookup } from "./build-work.ts";

/** Ids of files, as those in the container see them. */
export interface FileOwner {
  uid: number;
  gid: number;
}

/**
 * The owner that `--chown` and WORKDIR's USER give to files. A uid alone is the gid too, whatever /etc/passwd says:
 * other than for processes (Dockerfile reference, COPY --chown).
 * @throws what `users` throws
 */
export function fileOwner(users: UserLookup, root: string, text: string): FileOwner {
  if (/^\d+$/.test(text)) {
    const { uid } = users(root, `${text}:0`);
    return { uid, gid: uid };
  }
  const { uid, gid } = users(root, text);
  return { uid, gid };
}
