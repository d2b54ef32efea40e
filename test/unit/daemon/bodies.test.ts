import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { Readable } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import { readBody } from "../../../server/daemon/http/body.ts";
import { HeldBytes } from "../../../server/daemon/http/held-bytes.ts";
import { requestBody } from "../../../server/daemon/http/request-body.ts";
import { Request } from "../../../server/daemon/http/taken-over.ts";

const mebibyte = 1024 ** 2;

describe("a body", () => {
  it("of single bytes is one of as many bytes", async () => {
    const pieces = Array.from({ length: 3_000 }, (_, n) => Buffer.from([n % 256]));
    assert.deepEqual(await readBody({ body: Readable.from(pieces) }), Buffer.concat(pieces));
    assert.equal((await readBody({ body: Readable.from([]) })).length, 0);
    const much = Readable.from([Buffer.alloc(60), Buffer.alloc(41)]);
    await assert.rejects(readBody({ body: much }, 100), { message: "the request's body is larger than 100 bytes" });
  });

  it("is let in while those of all requests hold no more than there is room for, and takes none when it is over", async () => {
    const held = new HeldBytes();
    const file = () => Readable.from([Buffer.alloc(20 * mebibyte)]);
    const open = [new Readable({ read: () => undefined }), new Readable({ read: () => undefined })];
    const waiting = open.map((body) => readBody({ body, held }, 32 * mebibyte));
    for (const body of open) body.push(Buffer.alloc(30 * mebibyte));
    await new Promise((resolve) => setImmediate(resolve));
    await assert.rejects(readBody({ body: file(), held }, 32 * mebibyte), {
      status: 429,
      message: /requests whose bodies have not come whole hold \d+ bytes together/,
    });
    for (const body of open) body.push(null);
    assert.deepEqual(
      (await Promise.all(waiting)).map(({ length }) => length),
      [30 * mebibyte, 30 * mebibyte],
    );
    for (let n = 0; n < 5; n++) {
      assert.equal((await readBody({ body: file(), held }, 32 * mebibyte)).length, 20 * mebibyte);
    }
  });
});

/** What a server is given of a chunked body whose chunks have one byte each. */
async function ofSingleBytes(
  t: TestContext,
  count: number,
  handle: (request: IncomingMessage) => Promise<void>,
  end = "0\r\n\r\n",
): Promise<void> {
  const handled = Promise.withResolvers<void>();
  const server = createServer({ IncomingMessage: Request }, (request, response) => {
    handle(request)
      .then(() => void response.end())
      .then(handled.resolve, handled.reject);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1").on("error", () => undefined);
  t.after(() => {
    client.destroy();
    server.close();
  });
  client.write("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.write(`${"1\r\nx\r\n".repeat(count)}${end}`);
  await handled.promise;
}

describe("a chunked body of single bytes", () => {
  it("comes whole, in few pieces", async (t) => {
    await ofSingleBytes(t, 50_000, async (request) => {
      const pieces = (await request.toArray()) as Buffer[];
      assert.equal(Buffer.concat(pieces).toString(), "x".repeat(50_000));
      assert.ok(pieces.length < 1_000, `${pieces.length} pieces`);
    });
    await ofSingleBytes(t, 50_000, async (request) => {
      assert.equal((await readBody({ body: requestBody(request) })).length, 50_000);
    });
  });

  it("is not read on where nobody wants it", async (t) => {
    await ofSingleBytes(
      t,
      5_000_000,
      async (request) => {
        requestBody(request);
        let held = -1;
        for (; held !== request.readableLength; await new Promise((resolve) => setTimeout(resolve, 100))) {
          held = request.readableLength;
        }
        assert.ok(held < mebibyte, `${held} bytes`);
      },
      "",
    );
  });
});
