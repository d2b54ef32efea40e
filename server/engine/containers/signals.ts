import { constants } from "node:os";
import { InvalidArgument } from "../errdefs/errors.ts";

const realTimeMin = 34;
const realTimeMax = 64;

/** What is wrong with a signal whatever container it is for: one that only this kernel lacks is not. @throws InvalidArgument */
export function checkSignal(signal: string): void {
  if (!/^-?\d+$/.test(signal) || Number(signal) === 0) {
    parseSignal(signal);
  }
}

/** `TERM`, `SIGTERM`, `15`, `RTMIN+3` as a number. @throws InvalidArgument `invalid signal: x` */
export function parseSignal(signal: string): number {
  if (/^\d+$/.test(signal)) {
    const number = Number(signal);
    if (number >= 1 && number <= realTimeMax) {
      return number;
    }
    if (number > realTimeMax && number < 2 ** 31) {
      throw new InvalidArgument(`The linux daemon does not support signal ${number}`);
    }
    throw new InvalidArgument(`Invalid signal: ${signal}`);
  }
  if (/^-\d{1,9}$/.test(signal)) {
    // dockerd shows it without its sign, in 64 bits.
    throw new InvalidArgument(`The linux daemon does not support signal ${BigInt.asUintN(64, BigInt(signal))}`);
  }
  const name = signal.toUpperCase().replace(/^SIG/, "");
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realTime !== null) {
    const offset = Number(realTime[3] ?? 0) * (realTime[2] === "-" ? -1 : 1);
    const number = (realTime[1] === "MIN" ? realTimeMin : realTimeMax) + offset;
    if (number >= realTimeMin && number <= realTimeMax) {
      return number;
    }
  }
  const number: number | undefined = (constants.signals as Record<string, number>)[`SIG${name}`];
  if (number === undefined) {
    throw new InvalidArgument(`Invalid signal: ${signal}`);
  }
  return number;
}

export const sigkill = constants.signals.SIGKILL;
export const sigterm = constants.signals.SIGTERM;
