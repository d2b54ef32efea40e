import { closeSync, constants, openSync } from "node:fs";
import { walkTree } from "../diff/tree-walk.ts";
import { callError, errno, fileError } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";
import type { DiskUse } from "./held-layers.ts";

/** linux/fs.h: struct fsxattr is xflags, extsize, nextents, projid, cowextsize (u32 each) and 8 bytes of padding. */
const FS_IOC_FSGETXATTR = 0x801c581f;
const FS_IOC_FSSETXATTR = 0x401c5820;
const FS_XFLAG_PROJINHERIT = 0x200;
const attributeSize = 28;
/** Never through a link, never waiting for a FIFO's other end. */
const untouched = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** linux/quota.h, dqblk_xfs.h: QCMD(command, PRJQUOTA) */
const projectCommand = (command: number): number => ((command << 8) | 2) >>> 0;
const Q_GETQUOTA = projectCommand(0x80_0007);
const Q_SETQUOTA = projectCommand(0x80_0008);
const Q_XGETQSTAT = projectCommand(0x5805);
const FS_QUOTA_PDQ_ENFD = 1 << 5;
/** struct if_dqblk: hard and soft limit (1 KiB blocks), bytes used, inodes' hard and soft limit, inodes used, times, valid */
const QIF_LIMITS = 1 | 4;

/**
 * Project quotas of ext4 and XFS (mount option `prjquota`): every file made in a directory with a project counts for
 * it, and a write beyond its limit fails in the kernel, with EDQUOT or ENOSPC, whoever's file it is.
 */
export class ProjectQuota {
  readonly #root: number;

  private constructor(root: number) {
    this.#root = root;
  }

  /** Undefined where the file system of `directory` does not enforce project quotas. Open until the process ends. */
  static open(directory: string): ProjectQuota | undefined {
    const root = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    const state = Buffer.alloc(256);
    const enforced =
      libc.quotactl(root, Q_XGETQSTAT, 0, state) === 0 && (state.readUInt16LE(2) & FS_QUOTA_PDQ_ENFD) !== 0;
    if (enforced) return new ProjectQuota(root);
    closeSync(root);
    return undefined;
  }

  /** What is made in `directory` from now on, at any depth, counts for the project; idempotent. Not what is there. */
  assign(directory: string, project: number): void {
    withFile(directory, (fd) => setProject(fd, directory, project, FS_XFLAG_PROJINHERIT));
  }

  /** With what is there, whoever moves it meanwhile. Links and devices have no project. */
  assignTree(directory: string, project: number): void {
    this.assign(directory, project);
    withFile(directory, (root) => {
      for (const found of walkTree(root)) {
        if (found === undefined) continue;
        const { path, name, parent, stat } = found;
        if (stat.kind !== "directory" && stat.kind !== "file") continue;
        const fd = libc.openat(parent, name, untouched);
        if (fd === -errno.ENOENT || fd === -errno.ELOOP) continue;
        if (fd < 0) throw callError("openat", fd, `opening ${path} for its quota`);
        try {
          setProject(fd, path, project, stat.kind === "directory" ? FS_XFLAG_PROJINHERIT : 0);
        } finally {
          closeSync(fd);
        }
      }
    });
  }

  projectOf(path: string): number {
    return withFile(path, (fd) => attributesOf(fd, path).readUInt32LE(12));
  }

  /** Undefined: not limited. */
  limit(project: number, { bytes, inodes }: Partial<DiskUse>): void {
    const block = Buffer.alloc(72);
    // 0 means no limit: the least is one block, one file.
    block.writeBigUInt64LE(bytes === undefined ? 0n : BigInt(Math.max(1, Math.ceil(bytes / 1024))), 0);
    block.writeBigUInt64LE(inodes === undefined ? 0n : BigInt(Math.max(1, Math.ceil(inodes))), 24);
    block.writeUInt32LE(QIF_LIMITS, 64);
    this.#quotactl("Q_SETQUOTA", Q_SETQUOTA, project, block);
  }

  usage(project: number): DiskUse {
    const block = Buffer.alloc(72);
    this.#quotactl("Q_GETQUOTA", Q_GETQUOTA, project, block);
    return { bytes: Number(block.readBigUInt64LE(16)), inodes: Number(block.readBigUInt64LE(40)) };
  }

  #quotactl(name: string, command: number, project: number, block: Buffer): void {
    const result = libc.quotactl(this.#root, command, project, block);
    if (result < 0) throw callError(name, result, `the disk quota of project ${project}`);
  }
}

function attributesOf(fd: number, path: string): Buffer {
  const attributes = Buffer.alloc(attributeSize);
  const result = libc.ioctl(fd, FS_IOC_FSGETXATTR, attributes);
  if (result < 0) throw callError("FS_IOC_FSGETXATTR", result, `reading the project of ${path}`);
  return attributes;
}

function setProject(fd: number, path: string, project: number, flags: number): void {
  const attributes = attributesOf(fd, path);
  attributes.writeUInt32LE(attributes.readUInt32LE(0) | flags, 0);
  attributes.writeUInt32LE(project, 12);
  const result = libc.ioctl(fd, FS_IOC_FSSETXATTR, attributes);
  if (result < 0) throw callError("FS_IOC_FSSETXATTR", result, `setting the project of ${path}`);
}

function withFile<T>(path: string, body: (fd: number) => T): T {
  let fd: number;
  try {
    fd = openSync(path, untouched);
  } catch (error) {
    throw fileError(`opening ${path} for its quota`, error);
  }
  try {
    return body(fd);
  } finally {
    closeSync(fd);
  }
}
