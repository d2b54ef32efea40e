/** What stands for a value that is not shown. */
const hidden = "…";

const secretName = /pass(?:word|wd|phrase)?|secret|token|credential|auth|api_?key|private_?key/i;

/** A JSON value without what its name tells to be a secret: of fields, of variables (`NAME=value`), of addresses. */
export function redact(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, isSecret(name, each) ? hidden : redact(each)]),
  );
}

/** The query of a request, likewise; `buildargs` and the like are JSON in it. */
export function redactQuery(query: URLSearchParams): string {
  const shown = new URLSearchParams();
  for (const [name, value] of query) {
    shown.append(name, secretName.test(name) ? hidden : redactParameter(value));
  }
  return shown.toString();
}

function redactParameter(value: string): string {
  if (!/^[[{]/.test(value)) return redactText(value);
  try {
    return JSON.stringify(redact(JSON.parse(value)));
  } catch {
    return hidden;
  }
}

/** Switches and numbers of such a name (`noauth: true`) hide nothing. */
function isSecret(name: string, value: unknown): boolean {
  return secretName.test(name) && value !== null && typeof value !== "boolean" && typeof value !== "number";
}

/** A name is tried from its beginning alone: each of a long one's letters as a beginning would take as long again. */
function redactText(text: string): string {
  const [, variable] = /^([A-Za-z_][\w.-]*)=/.exec(text) ?? [];
  if (variable !== undefined && secretName.test(variable)) return `${variable}=${hidden}`;
  return text
    .replaceAll(/(?<![\w.-])([\w.-]+)=("[^"]*"|'[^']*'|\S+)/g, (whole, name: string) =>
      secretName.test(name) ? `${name}=${hidden}` : whole,
    )
    .replaceAll(/(?<![a-z0-9+.-])([a-z0-9+.-]+:\/\/)[^/@\s]+@/gi, `$1${hidden}@`);
}
