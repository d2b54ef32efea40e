import assert from "node:assert/strict";
import { test } from "node:test";
import { wantedSecrets } from "./wanted-secrets.ts";

test("the secrets that a Dockerfile asks for, each once, by the id that the build knows them by", () => {
  const dockerfile = `FROM busybox
# RUN --mount=type=secret,id=commented true
RUN --mount=type=cache,target=/c,id=cache --mount=type=secret,id=token \\
    --mount=type=secret,target=/etc/npmrc,required true
RUN --mount="type=secret,id=token" --mount=type=secret,src=key true
RUN --mount=type=secret,id=second\${BAR} --mount=type=secret true
`;
  assert.deepEqual(wantedSecrets(dockerfile), ["token", "npmrc", "key"]);
  assert.deepEqual(wantedSecrets("FROM busybox\n"), []);
});
