/**
 * Ids of the secrets that RUN --mount=type=secret asks for in a Dockerfile, each once, as its text has them: one that a
 * variable names is known to the build alone.
 */
export function wantedSecrets(dockerfile: string): string[] {
  const instructions = dockerfile.replaceAll(/^\s*#.*$/gm, "");
  const ids = [...instructions.matchAll(/--mount=(\S+)/g)].flatMap(([, fields = ""]) => idOf(fields) ?? []);
  return [...new Set(ids)];
}

function idOf(mount: string): string | undefined {
  const fields = new Map(
    mount
      .replaceAll('"', "")
      .split(",")
      .map((field) => {
        const equals = field.indexOf("=");
        return [field.slice(0, equals).toLowerCase(), field.slice(equals + 1)];
      }),
  );
  if (fields.get("type") !== "secret") return undefined;
  const target = fields.get("target") ?? fields.get("dst") ?? fields.get("destination");
  const id = fields.get("source") ?? fields.get("src") ?? fields.get("id") ?? target?.split("/").at(-1);
  return id === undefined || id === "" || id.includes("$") ? undefined : id;
}
