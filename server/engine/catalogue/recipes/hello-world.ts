import { defaultPath, type Recipe } from "../recipe.ts";

const message = `
Hello from Drydock!
This shows that images and containers work here.

To say it, Drydock took these steps:
 1. The docker command asked the engine for the image "hello-world".
 2. No registry could be reached, so the engine made a local stand-in for it.
 3. The engine made a container of that image and ran the program in it.
 4. What the program printed went to the docker command, and so to you.

Try something with more in it:
 docker run -it busybox
`;

/** What everybody's first command runs. */
export const helloWorld: Recipe = {
  name: "hello-world",
  summary: "says that containers work",
  kind: "nothing",
  acceptsTag: (tag) => tag === "latest" || tag === "linux",
  files: () => [{ path: "/hello", content: `#!/bin/sh\ncat <<'END'${message}\nEND\n`, mode: 0o755 }],
  packages: () => ["busybox-static"],
  config: () => ({ Env: [`PATH=${defaultPath}`], Cmd: ["/hello"] }),
};
