import * as Y from "yjs";

/** Is thrown out of `Y.applyUpdate`: what has been put into the document until then stays, and is whole. */
export class OutOfTime extends Error {}

/** ms of the processor that this thread has had: a busy machine makes nothing take longer */
export function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

let lookAtTheClock: (() => void) | undefined;

/*
 * Where an item goes is looked for among all that claim the same place (YATA), and whoever makes an update can make all of
 * its items claim one. Yjs has no limit for that and asks nobody in between, so the one step that it consists of is what
 * looks at the clock.
 */
type Integrate = (this: Y.Item, transaction: Y.Transaction, offset: number) => void;
const integrate: Integrate = Reflect.get(Y.Item.prototype, "integrate");
Y.Item.prototype.integrate = function (transaction, offset): void {
  lookAtTheClock?.();
  integrate.call(this, transaction, offset);
};

/**
 * Does `work`, which applies updates, in so many ms.
 * @throws OutOfTime between two items, when it takes longer; what `work` throws
 */
export function inTime(ms: number, work: () => void, now = threadTime): void {
  const until = now() + ms;
  lookAtTheClock = () => {
    if (now() > until) throw new OutOfTime();
  };
  try {
    work();
  } finally {
    lookAtTheClock = undefined;
  }
}
