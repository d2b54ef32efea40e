import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { holdPort } from "#engine/network/port-holder.ts";

const skip = process.getuid?.() === 0 ? false : "packets from no port take a raw socket, which needs root";

async function bound(): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { socket, port: socket.address().port };
}

test("a held UDP port passes packets on and answers back; one from port 0 ends nothing", { skip }, async (t) => {
  const echo = await bound();
  echo.socket.on("message", (message, from) =>
    echo.socket.send(`answer to ${message.toString()}`, from.port, from.address),
  );
  const { socket: free, port: hostPort } = await bound();
  free.close();
  const letGo = await holdPort({ protocol: "udp", hostAddress: "127.0.0.1", hostPort, containerPort: 1 }, () => ({
    address: "127.0.0.1",
    port: echo.port,
  }));
  t.after(() => (letGo(), echo.socket.close()));
  const packet = `my $p=pack("nnnn",0,${hostPort},12,0)."none";`;
  const send = `use Socket;socket(S,PF_INET,SOCK_RAW,17)or die "$!";send(S,$p,0,sockaddr_in(0,inet_aton("127.0.0.1")))or die "$!"`;
  execFileSync("perl", ["-e", packet + send]);
  const client = await bound();
  t.after(() => client.socket.close());
  client.socket.send("question", hostPort, "127.0.0.1");
  const [message] = (await once(client.socket, "message")) as [Buffer];
  assert.equal(message.toString(), "answer to question");
});
