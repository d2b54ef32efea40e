import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { NotFound } from "#engine/errdefs/errors.ts";
import { LocalMounter, makeShared, unmountAll } from "#engine/mount/local-mounter.ts";
import type { Mount } from "#engine/mount/mount.ts";
import { mountAt, mountPointsBeneath } from "#engine/mount/mount-table.ts";
import { probeKernel } from "#engine/mount/probe.ts";

const skip = process.getuid?.() === 0 ? false : "mounting needs root";

describe("LocalMounter", { skip }, () => {
  let base: string;
  let layers: string;
  let mounter: LocalMounter;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "drydock-mount-"));
    layers = join(base, "layers");
    mounter = new LocalMounter({ idMapRoot: join(base, "idmaps"), layerRoots: [layers] });
  });
  afterEach(async () => {
    await mounter.close();
    for (const point of mountPointsBeneath(base)) {
      unmountAll(point);
    }
    rmSync(base, { recursive: true });
  });

  /** `count` lower layers, each with a file of its own and its number in `top`, and an upper. */
  function overlay(count: number): Mount {
    const lower: string[] = [];
    for (let index = 0; index < count; index++) {
      const dir = join(layers, String(index), "fs");
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, `file${index}`), "");
      writeFileSync(join(dir, "top"), String(index));
      lower.unshift(dir);
    }
    const upper = join(layers, "upper", "fs");
    const work = join(layers, "upper", "work");
    mkdirSync(upper, { recursive: true });
    mkdirSync(work, { recursive: true });
    return { type: "overlay", source: "overlay", options: [], overlay: { lower, upper, work } };
  }

  it("mounts more layers than fit into a page of options", async () => {
    const target = join(base, "target");
    await mounter.mount([overlay(300)], target);
    assert.equal(readFileSync(join(target, "top"), "utf8"), "299");
    assert.ok(existsSync(join(target, "file0")));
    await mounter.unmount(target);
    await mounter.unmount(target);
    assert.equal(existsSync(target), false);
  });

  it("shows two tenants one layer as their own, and stores what they write as root's", async (t) => {
    const probe = await probeKernel(base);
    if (!probe.idMappedOverlay.ok) {
      t.skip(`no overlayfs on idmapped layers: ${probe.idMappedOverlay.reason}`);
      return;
    }
    const mount = overlay(2);
    const target = join(base, "a");
    const other = join(base, "b");
    await mounter.mount([mount], target, { idMap: { hostBase: 100_000, size: 65_536 } });
    assert.equal(statSync(join(target, "file0")).uid, 100_000);
    writeFileSync(join(target, "new"), "");
    chownSync(join(target, "new"), 100_033, 100_033);
    chownSync(join(target, "file0"), 100_005, 100_005);
    assert.equal(statSync(join(layers, "upper/fs/new")).uid, 33);
    assert.equal(statSync(join(layers, "upper/fs/file0")).uid, 5);
    const { upper: _upper, work: _work, ...readonly } = mount.overlay ?? { lower: [] };
    await mounter.mount([{ ...mount, overlay: readonly }], other, { idMap: { hostBase: 200_000, size: 65_536 } });
    assert.equal(statSync(join(other, "file0")).uid, 200_000);
    assert.throws(() => writeFileSync(join(other, "x"), ""), { code: "EROFS" });
    await mounter.unmount(target);
    await mounter.unmount(other);
    assert.equal(mountPointsBeneath(target).length, 0);
  });

  it("freezes an overlay for all who have it, once none of its files is open for writing; nothing else", async () => {
    const target = join(base, "frozen");
    const elsewhere = join(base, "elsewhere");
    await mounter.mount([overlay(1)], target);
    await mounter.mount([{ type: "bind", source: target, options: [] }], elsewhere);
    const file = openSync(join(elsewhere, "open"), "w");
    await assert.rejects(mounter.freeze(target), /still has a file of it open for writing/);
    closeSync(file);
    await mounter.freeze(target);
    for (const place of [target, elsewhere]) {
      assert.throws(() => writeFileSync(join(place, "late"), ""), { code: "EROFS" });
    }
    await mounter.unmount(elsewhere);
    await mounter.unmount(target);
    await mounter.mount([{ type: "bind", source: layers, options: [] }], target);
    await mounter.freeze(target);
    writeFileSync(join(target, "writable"), "");
    await mounter.unmount(target);
  });

  it("idmaps a bind mount", async (t) => {
    const probe = await probeKernel(base);
    if (!probe.idMappedBind.ok) {
      t.skip(`no idmapped mounts: ${probe.idMappedBind.reason}`);
      return;
    }
    overlay(1);
    const target = join(base, "bound");
    const source = join(layers, "upper/fs");
    await mounter.mount([{ type: "bind", source, options: [] }], target, {
      idMap: { hostBase: 300_000, size: 65_536 },
    });
    writeFileSync(join(target, "x"), "");
    chownSync(join(target, "x"), 300_000, 300_000);
    assert.equal(statSync(join(source, "x")).uid, 0);
    await mounter.unmount(target);
  });

  it("leaves no mount and no directory behind when it fails", async () => {
    const target = join(base, "failed");
    const missing: Mount = { type: "bind", source: join(base, "missing"), options: [] };
    await assert.rejects(mounter.mount([{ type: "tmpfs", source: "tmpfs", options: [] }, missing], target), NotFound);
    assert.equal(existsSync(target), false);
  });

  it("unmounts what is in use", async () => {
    const target = join(base, "busy");
    await mounter.mount([{ type: "tmpfs", source: "tmpfs", options: ["size=1m", "nosuid"] }], target);
    writeFileSync(join(target, "x"), "");
    const here = process.cwd();
    process.chdir(target);
    try {
      await mounter.unmount(target);
    } finally {
      process.chdir(here);
    }
    assert.equal(mountAt(target), undefined);
  });

  it("shares mounts with mount namespaces made later", () => {
    const dir = join(base, "run");
    makeShared(dir);
    makeShared(dir);
    assert.equal(mountAt(dir)?.shared, true);
    assert.equal(mountPointsBeneath(dir).length, 1);
    const seen = execFileSync("unshare", [
      "--mount",
      "--propagation=slave",
      "sh",
      "-c",
      `nsenter --target ${process.pid} --mount mkdir ${dir}/m && nsenter --target ${process.pid} --mount mount -t tmpfs t ${dir}/m && grep -c ${dir}/m /proc/self/mountinfo`,
    ]);
    assert.equal(seen.toString().trim(), "1");
  });
});
