import { InvalidArgument } from "../errdefs/errors.ts";

export interface LogSizes {
  /** bytes of one file; undefined: the default */
  maxSize: number | undefined;
  maxFile: number | undefined;
}

const files = ["max-size", "max-file", "compress"];
/** `--log-opt` of each driver (moby, daemon/logger/…, ValidateLogOpt); undefined: whatever the client likes. */
const known: Record<string, readonly string[] | undefined> = {
  "json-file": [...files, "labels", "labels-regex", "env", "env-regex", "tag"],
  local: files,
  none: undefined,
};
/** For every driver. */
const modes = ["mode", "max-buffer-size"];
/** For every driver, too: those whose logs cannot be read are kept for `docker logs` as well. Ours all can. */
const cache = ["cache-disabled", "cache-max-size", "cache-max-file", "cache-compress"];

/** What is wrong at create. @throws InvalidArgument in dockerd's words */
export function checkLogOptions(driver: string, options: Record<string, string>): void {
  const name = driver === "" ? "json-file" : driver;
  if (!Object.hasOwn(known, name)) {
    throw new InvalidArgument(`error looking up logging plugin ${name}: plugin ${JSON.stringify(name)} not found`);
  }
  const { mode = "", "max-buffer-size": buffer } = options;
  if (!["", "blocking", "non-blocking"].includes(mode)) {
    throw new InvalidArgument(`logger: logging mode not supported: ${mode}`);
  }
  if (buffer !== undefined && mode !== "non-blocking") {
    throw new InvalidArgument("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
  }
  if (buffer !== undefined && parseSize(buffer) === undefined) {
    throw new InvalidArgument("error parsing option max-buffer-size: invalid size: '" + buffer + "'");
  }
  const { "cache-disabled": uncached = "" } = options;
  if (name !== "none" && uncached !== "" && !goBoolean.test(uncached)) {
    throw new InvalidArgument(`invalid value for option cache-disabled: ${uncached}`);
  }
  const names = known[name];
  const stranger = Object.keys(options).find(
    (option) => ![...modes, ...cache].includes(option) && names?.includes(option) === false,
  );
  if (stranger !== undefined) {
    const driverName = name === "local" ? `log driver ${name}` : `${name} log driver`;
    throw new InvalidArgument(`unknown log opt '${stranger}' for ${driverName}`);
  }
}

/** What is wrong at the start. @throws InvalidArgument in dockerd's words */
export function logSizes(driver: string, options: Record<string, string>): LogSizes {
  const failed = (why: string) => new InvalidArgument(`failed to initialize logging driver: ${why}`);
  const { "max-size": size, "max-file": count, compress } = options;
  const unlimited = size === undefined;
  const maxSize = unlimited ? undefined : parseSize(size);
  if (!unlimited && maxSize === undefined) {
    throw failed(`${driver === "local" ? `invalid value for max-size: ${size}: ` : ""}invalid size: '${size}'`);
  }
  if (count !== undefined && !/^[+-]?\d{1,9}$/.test(count)) {
    throw failed(`strconv.Atoi: parsing ${JSON.stringify(count)}: invalid syntax`);
  }
  const maxFile = count === undefined ? undefined : Number(count);
  if (maxFile !== undefined && maxFile < 1) {
    throw failed(
      driver === "local" ? "compression cannot be enabled when max file count is 1" : "max-file cannot be less than 1",
    );
  }
  checkCompress(driver, compress, { unlimited, maxFile: maxFile ?? 1 }, failed);
  return { maxSize, maxFile };
}

/** strconv.ParseBool */
const goBoolean = /^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/;

function checkCompress(
  driver: string,
  compress: string | undefined,
  sizes: { unlimited: boolean; maxFile: number },
  failed: (why: string) => InvalidArgument,
): void {
  if (compress === undefined) {
    return;
  }
  if (!goBoolean.test(compress)) {
    const why = `strconv.ParseBool: parsing ${JSON.stringify(compress)}: invalid syntax`;
    throw failed(driver === "local" ? `error reading compress log option: ${why}` : why);
  }
  if (driver !== "local" && /^[1tT]/.test(compress) && (sizes.unlimited || sizes.maxFile < 2)) {
    throw failed("compress cannot be true when max-file is less than 2 or max-size is not set");
  }
}

/** `10m`; undefined for what is no size (go-units, RAMInBytes). */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(text);
  const power = " kmgtp".indexOf((match?.[2] ?? "").toLowerCase() || " ");
  return match === null ? undefined : Math.floor(Number(match[1]) * 1024 ** power);
}
