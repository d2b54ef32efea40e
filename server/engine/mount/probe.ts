import { lchownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../errdefs/errors.ts";
import { LocalMounter } from "./local-mounter.ts";
import type { Mount } from "./mount.ts";

/** One thing tried on this kernel; `reason` says why it failed. */
export interface ProbeResult {
  ok: boolean;
  reason?: string;
}

/** What this kernel can mount on the file system that holds the data root. */
export interface KernelProbe {
  /** overlayfs works here */
  overlay: ProbeResult;
  /** user namespaces with id maps, and bind mounts through them (Linux 5.12 and a file system that allows it) */
  idMappedBind: ProbeResult;
  /** overlayfs on idmapped layers (Linux 5.19) */
  idMappedOverlay: ProbeResult;
  /** overlayfs without syncing at each unmount (Linux 5.10) */
  volatile: ProbeResult;
}

/** The map tried; any range that is not the identity will do. */
const idMap = { hostBase: 1_000_000, size: 65_536 };

/**
 * Tries each kind of mount in a scratch directory beneath `dir` (made if missing) and takes everything away again.
 * Takes about 20 ms. `doctor` shows the result; `openStorage` chooses the snapshotter by it.
 */
export async function probeKernel(dir: string): Promise<KernelProbe> {
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  const scratch = mkdtempSync(join(dir, "probe-"));
  const layers = join(scratch, "layers");
  const mounter = new LocalMounter({ idMapRoot: join(scratch, "idmaps"), layerRoots: [layers] });
  const target = join(scratch, "target");
  const overlay: Mount = {
    type: "overlay",
    source: "overlay",
    options: [],
    overlay: { lower: [join(layers, "low")], upper: join(layers, "up"), work: join(layers, "work") },
  };
  try {
    for (const name of ["low", "up", "work"]) {
      mkdirSync(join(layers, name), { recursive: true });
    }
    writeFileSync(join(layers, "low", "file"), "");
    const attempt = async (mount: Mount, mapped: boolean): Promise<ProbeResult> => {
      try {
        await mounter.mount([mount], target, mapped ? { idMap } : {});
        return tryWriting(target, join(layers, mount.type === "bind" ? "low" : "up"), mapped);
      } catch (error) {
        return { ok: false, reason: messageOf(error) };
      } finally {
        await mounter.unmount(target);
      }
    };
    return {
      overlay: await attempt(overlay, false),
      idMappedBind: await attempt({ type: "bind", source: join(layers, "low"), options: [] }, true),
      idMappedOverlay: await attempt(overlay, true),
      volatile: await attempt({ ...overlay, options: ["volatile"] }, false),
    };
  } finally {
    await mounter.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A file written through the mount must land with the id it has in the container. */
function tryWriting(target: string, disk: string, mapped: boolean): ProbeResult {
  const base = mapped ? idMap.hostBase : 0;
  const seen = statSync(join(target, "file"));
  if (seen.uid !== base) {
    return { ok: false, reason: `a file of uid 0 shows up as uid ${seen.uid}, not ${base}` };
  }
  const file = join(target, `written-${base}`);
  writeFileSync(file, "");
  lchownSync(file, base + 7, base + 7);
  const landed = statSync(join(disk, `written-${base}`));
  return landed.uid === 7 ? { ok: true } : { ok: false, reason: `a file of uid 7 landed on disk as uid ${landed.uid}` };
}
