import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { healthcheckText, instructionText } from "../../../server/engine/images/files/history-instruction.ts";

describe("a line of an image's history", () => {
  for (const [noted, written] of [
    ["EXPOSE map[443/tcp:{} 80/tcp:{}]", "EXPOSE 443/tcp 80/tcp"],
    ["EXPOSE [80/tcp 53/udp]", "EXPOSE 80/tcp 53/udp"],
    ["EXPOSE 80", "EXPOSE 80"],
    ['CMD ["a\\x07b" "\\u00e9" "\\U0001f642" "\\t\\""]', 'CMD ["a\\u0007b", "é", "🙂", "\\t\\""]'],
    ['/bin/sh -c #(nop)  CMD ["nginx" "-g" "daemon off;"]', 'CMD ["nginx", "-g", "daemon off;"]'],
    ['CMD ["/bin/sh" "-c" "echo \\"a b\\""] # buildkit', 'CMD echo "a b"'],
    ['ENTRYPOINT ["/bin/tini"]', 'ENTRYPOINT ["/bin/tini"]'],
    ["ENTRYPOINT []", "ENTRYPOINT []"],
    ["VOLUME [/data /var/lib/x]", "VOLUME /data /var/lib/x"],
    ["SHELL [/bin/bash -c]", 'SHELL ["/bin/bash", "-c"]'],
    [
      `HEALTHCHECK &{["CMD-SHELL" "curl -f \\"x\\" || exit 1"] "30s" "1m30s" "0s" "0s" '\\x03'}`,
      'HEALTHCHECK --interval=30s --timeout=1m30s --retries=3 CMD curl -f "x" || exit 1',
    ],
    [
      `HEALTHCHECK &{["CMD" "/up" "now"] "0s" "0s" "5s" 'A'}`,
      'HEALTHCHECK --start-period=5s --retries=65 CMD ["/up", "now"]',
    ],
    [
      `HEALTHCHECK &{["CMD" "/up"] "0s" "0s" "0s" "1s" '\\t'}`,
      'HEALTHCHECK --start-interval=1s --retries=9 CMD ["/up"]',
    ],
    [
      "HEALTHCHECK {Test:[CMD-SHELL curl -f x || exit 1] Interval:30s Timeout:0s StartPeriod:0s StartInterval:1s Retries:3}",
      "HEALTHCHECK --interval=30s --start-interval=1s --retries=3 CMD curl -f x || exit 1",
    ],
    [
      "HEALTHCHECK {Test:[CMD /up now] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}",
      'HEALTHCHECK CMD ["/up", "now"]',
    ],
    ["HEALTHCHECK {Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}", "HEALTHCHECK NONE"],
    [`HEALTHCHECK &{["NONE"] "0s" "0s" "0s" "0s" '\\x00'}`, "HEALTHCHECK NONE"],
    ["RUN |1 A=b /bin/sh -c make # buildkit", "RUN make"],
    ["HEALTHCHECK &{whatever}", "HEALTHCHECK &{whatever}"],
    ["ENV A=map[b:{}]", "ENV A=map[b:{}]"],
    ["", ""],
  ] as const) {
    it(`${noted} is ${written}`, () => assert.equal(instructionText(noted), written));
  }

  it("has a health check as it was written", () => {
    assert.equal(
      healthcheckText({ Test: ["CMD-SHELL", "test -e /up"], Interval: 5e9, Retries: 2 }),
      "HEALTHCHECK --interval=5s --retries=2 CMD test -e /up",
    );
  });
});
