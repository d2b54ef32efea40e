import { NotImplemented } from "../errdefs/errors.ts";
import type { ContainerLog, OffsetRecord } from "./log-driver.ts";

/** Docker's `none` driver: nothing is kept, so nothing can be read. */
export class NoLog implements ContainerLog {
  async open(): Promise<void> {}
  async write(): Promise<void> {}
  async close(): Promise<void> {}
  async end(): Promise<number> {
    return 0;
  }
  async remove(): Promise<void> {}

  // eslint-disable-next-line require-yield -- it only ever throws
  async *read(): AsyncGenerator<OffsetRecord, void, undefined> {
    throw new NotImplemented("configured logging driver does not support reading");
  }
}
