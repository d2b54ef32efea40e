import { kernelsGroup } from "../../mount/safe-path.ts";
import type { UserLookup } from "./build-work.ts";

/** Ids of files, as those in the container see them. */
export interface FileOwner {
  uid: number;
  gid: number;
}

/** Of directories that nobody named, where nobody is given: they are as mkdir(2) makes them. */
export const madeByRoot: FileOwner = { uid: 0, gid: kernelsGroup };

/**
 * The owner that `--chown` and WORKDIR's USER give to files. A uid alone is the gid too, whatever /etc/passwd says:
 * other than for processes (Dockerfile reference, COPY --chown). `root` is 0, also where there is no /etc/passwd.
 * @throws what `users` throws
 */
export function fileOwner(users: UserLookup, root: string, text: string): FileOwner {
  const ids = text.replaceAll(/(?<=^|:)root(?=$|:)/g, "0");
  if (/^\d+$/.test(ids)) {
    const { uid } = users(root, `${ids}:0`);
    return { uid, gid: uid };
  }
  const { uid, gid } = users(root, ids);
  return { uid, gid };
}
