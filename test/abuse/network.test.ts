/** Root in a container with raw sockets, against the neighbour, the machine and what is behind it. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { after, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { patience } from "../suites/patience.ts";
import { run, skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile({ prepare });
const { good } = stage.engine;
const server = createServer((socket) => socket.end("secret of the machine"));
let port = 0;
let own = { address: "", gateway: "", mac: "" };
let bridge = "";

interface Settings {
  NetworkSettings: { Networks: Record<string, { IPAddress: string; Gateway: string; MacAddress: string }> };
}

const inspect = async (name: string, socket: string) =>
  JSON.parse((await stage.engine.call("GET", `/containers/${name}/json`, undefined, socket)).text) as Settings;

/** What connect(2) says in the cell, of a TCP connection. */
async function tcp(address: string, to: number): Promise<string> {
  const script = `use Socket;socket(S,PF_INET,SOCK_STREAM,0);alarm 5;connect(S,sockaddr_in(${to},inet_aton("${address}")))or die "$!\\n";print "connected: ",<S>`;
  const { stdout, stderr } = await stage.inside(`perl -e '${script}'`);
  return (stdout + stderr).trim();
}

/** Sends frames from the cell's interface; `frames` is Perl that calls `send_frame(bytes)`, `$mac` is its own address. */
async function frames(script: string): Promise<void> {
  const ready = `my $i=do{open my $f,"<","/sys/class/net/eth0/ifindex";<$f>+0};my $mac=pack("H12",do{open my $f,"<","/sys/class/net/eth0/address";my $t=<$f>;$t=~s/[:\\n]//g;$t});socket(S,17,3,0x0300)or die "$!";sub send_frame{send(S,$_[0],0,pack("SnlSCCa8",17,0x0003,$i,0,0,6,"\\xff"x6))or die "$!"}`;
  good(await stage.inside(`perl -e '${ready}${script}'`));
}

after(() => server.close());

async function prepare(): Promise<void> {
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  ({ port } = server.address() as { port: number });
  const { NetworkSettings } = await inspect("cell", stage.attacker.socket);
  const {
    IPAddress: address = "",
    Gateway: gateway = "",
    MacAddress: mac = "",
  } = NetworkSettings.Networks["bridge"] ?? {};
  own = { address, gateway, mac };
  bridge = (await run("ip", ["-o", "route", "get", address])).stdout.match(/dev (\S+)/)?.[1] ?? "";
  good(await stage.attacker.docker("run", "-d", "--name", "second", "debian", "sleep", "1000"));
}

describe("packets", { skip }, () => {
  test("to the neighbour's container", async () => {
    const { NetworkSettings } = await inspect("vault", stage.victim.socket);
    const [address = ""] = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
    assert.match(await tcp(address, 22), /Connection refused|No route|unreachable/);
    await stage.unharmed();
  });

  test("to services of the machine, by each of its addresses", async () => {
    const addresses = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ family, internal }) => family === "IPv4" && !internal);
    for (const address of [own.gateway, ...addresses.slice(0, 4).map((each) => each.address)]) {
      assert.match(await tcp(address, port), /Connection refused|No route|unreachable/, address);
    }
    await stage.unharmed();
  });

  test("to the machine's loopback, by way of a route of its own", async () => {
    assert.match(await tcp("127.0.0.1", port), /Connection refused/);
    await stage.unharmed();
  });

  for (const address of ["169.254.169.254", "10.255.255.1", "172.31.255.1", "192.168.255.1", "100.64.0.1"]) {
    test(`to ${address}: metadata, link-local and private networks answer at once that they are closed`, async () => {
      assert.match(await tcp(address, 80), /Connection refused|No route|unreachable/);
      await stage.unharmed();
    });
  }
});

describe("names", { skip }, () => {
  test("the neighbour's are not known, whatever the network is called", async () => {
    good(await stage.attacker.docker("network", "create", "vault-net"));
    good(await stage.attacker.docker("network", "connect", "vault-net", "cell"));
    for (const name of ["vault", "vault-host", "vault.vault-net", "vault.quigley"]) {
      const { stdout, status } = await stage.inside(`getent hosts ${name}`);
      assert.deepEqual([stdout, status], ["", 2], name);
    }
    good(await stage.attacker.docker("network", "disconnect", "vault-net", "cell"));
    good(await stage.attacker.docker("network", "rm", "vault-net"));
    await stage.unharmed();
  });
});

describe("the engine's name server", { skip }, () => {
  test("asked from port 0, which no answer can be sent to: it goes on for all", async () => {
    good(await stage.attacker.docker("network", "create", "asked"));
    const question = `pack("nnnnnn",7,256,1,0,0,0)."\\x04cell\\0".pack("nn",1,1)`;
    const send = `my $q=${question};my $p=pack("nnnn",0,53,8+length $q,0).$q;use Socket;socket(S,PF_INET,SOCK_RAW,17)or die "$!";send(S,$p,0,sockaddr_in(53,inet_aton("127.0.0.11")))or die "$!"`;
    good(
      await stage.attacker.docker(
        "run",
        "--rm",
        "--network",
        "asked",
        "debian",
        "perl",
        "-e",
        `for (1..5) { ${send} }`,
      ),
    );
    const asked = await stage.attacker.docker(
      "run",
      "--rm",
      "--network",
      "asked",
      "debian",
      "getent",
      "hosts",
      "none.test",
    );
    assert.equal(asked.status, 2, asked.stderr);
    good(await stage.attacker.docker("network", "rm", "asked"));
    await stage.works();
  });
});

describe("a name server that is none", { skip }, () => {
  test("answers forged as the network's own, the gateway's or a public one reach nobody", async () => {
    const { NetworkSettings } = await inspect("second", stage.attacker.socket);
    const { IPAddress: second = "", MacAddress: mac = "" } = NetworkSettings.Networks["bridge"] ?? {};
    const listen = `use Socket;socket(S,PF_INET,SOCK_DGRAM,0);bind(S,sockaddr_in(40000,INADDR_ANY))or die "$!";$|=1;print "ready\\n";alarm 60;for(;;){my $from=recv(S,my $m,2000,0);my($p,$a)=sockaddr_in($from);print inet_ntoa($a),":$p $m\\n";last if $m eq "the last"}`;
    const heard = stage.attacker.docker("exec", "second", "perl", "-e", listen);
    const isListening = async () =>
      (await stage.attacker.docker("exec", "second", "cat", "/proc/net/udp")).stdout.includes(":9C40 ");
    for (const end = Date.now() + patience; !(await isListening()) && Date.now() < end;) await delay(20);
    const hex = (address: string) => Buffer.from(address.split(".").map(Number)).toString("hex");
    // RFC 791 with its checksum, RFC 768 without one: a datagram from port 53.
    const datagram = (from: string) =>
      `{my $h=pack("CCnnnCCn",69,0,34,1,0,64,17,0).pack("H8","${hex(from)}").pack("H8","${hex(second)}");my $c=0;$c+=$_ for unpack("n*",$h);$c=($c&65535)+($c>>16) while $c>>16;substr($h,10,2)=pack("n",65535-$c);send_frame(pack("H12","${mac.replaceAll(":", "")}").$mac.pack("n",0x0800).$h.pack("nnnn",53,40000,14,0)."forged") for 1..20}`;
    for (const from of ["127.0.0.11", own.gateway, "9.9.9.9", second, own.address]) await frames(datagram(from));
    const last = `use Socket;socket(S,PF_INET,SOCK_DGRAM,0);bind(S,sockaddr_in(53,inet_aton("${own.address}")))or die "$!";send(S,"the last",0,sockaddr_in(40000,inet_aton("${second}")))or die "$!"`;
    good(await stage.inside(`perl -e '${last}'`));
    const lines = (await heard).stdout.trim().split("\n");
    // What comes from the cell's own address shows that the frames are right.
    const honest = [...Array.from({ length: 20 }, () => `${own.address}:53 forged`), `${own.address}:53 the last`];
    assert.deepEqual(lines, ["ready", ...honest]);
    await stage.unharmed();
  });

  test("a name of the Internet, taken by a container: the neighbour is not led there", async () => {
    const name = "deb.debian.org";
    good(await stage.attacker.docker("network", "create", "vault-net"));
    good(await stage.attacker.docker("network", "connect", "--alias", name, "vault-net", "cell"));
    const cell = (await inspect("cell", stage.attacker.socket)).NetworkSettings.Networks["vault-net"]?.IPAddress ?? "";
    assert.match(
      (await stage.inside(`getent hosts ${name}`)).stdout,
      new RegExp(`^${cell} `),
      "its own network's name",
    );
    const { stdout } = await stage.victim.docker("exec", "vault", "getent", "hosts", name);
    assert.ok(!stdout.includes(cell), stdout);
    good(await stage.attacker.docker("network", "disconnect", "vault-net", "cell"));
    good(await stage.attacker.docker("network", "rm", "vault-net"));
    await stage.unharmed();
  });
});

describe("frames", { skip }, () => {
  /** What the second container takes to be at an address. */
  const believed = async (address: string) => {
    const { stdout } = await stage.attacker.docker("exec", "second", "cat", "/proc/net/arp");
    return stdout
      .split("\n")
      .find((line) => line.startsWith(`${address} `))
      ?.split(/\s+/)[3];
  };
  const ask = () =>
    stage.attacker.docker(
      "exec",
      "second",
      "perl",
      "-e",
      `use Socket;socket(S,PF_INET,SOCK_STREAM,0);alarm 5;connect(S,sockaddr_in(9,inet_aton("${own.gateway}")))`,
    );

  test("ARP: nobody but the machine is the gateway", async () => {
    await ask();
    const gateway = await believed(own.gateway);
    assert.match(gateway ?? "", /^02:/);
    const second = (await inspect("second", stage.attacker.socket)).NetworkSettings.Networks["bridge"]?.IPAddress ?? "";
    const hex = (address: string) =>
      address
        .split(".")
        .map((part) => Number(part).toString(16).padStart(2, "0"))
        .join("");
    /** Says that `address` is the cell, as a question and as an answer. */
    const claim = async (address: string) => {
      for (const operation of [1, 2]) {
        await frames(
          `send_frame(("\\xff"x6).$mac.pack("nnnCCn",0x0806,1,0x0800,6,4,${operation}).$mac.pack("H8","${hex(address)}").("\\xff"x6).pack("H8","${hex(second)}")) for 1..20`,
        );
      }
    };
    const nobody = own.gateway.replace(/\d+$/, "250");
    await claim(nobody);
    await claim(own.gateway);
    assert.equal(await believed(nobody), own.mac, "what is said of an address that is nobody's is heard");
    assert.equal(await believed(own.gateway), gateway);
    await stage.unharmed();
  });

  test("addresses by the thousand: the machine's table of them does not grow, none is taken over", async () => {
    await frames(`for(1..5000){send_frame(("\\xff"x6).pack("CCN",2,66,$_).pack("n",0x88b5)."x"x50)}`);
    const { stdout } = await run("bridge", ["fdb", "show", "br", bridge]);
    assert.ok(stdout.split("\n").length < 60, `${stdout.split("\n").length} addresses`);
    assert.doesNotMatch(stdout, /02:42:00:00/);
    await stage.unharmed();
  });

  test("router advertisements: the machine takes no route from a container", async () => {
    const before = (await run("ip", ["-6", "route", "show", "default"])).stdout;
    const advertisement = `pack("NnCC",0x60000000,16,58,255).pack("H32","fe80000000000000000000000000dead").pack("H32","ff020000000000000000000000000001").pack("CCnCCnNN",134,0,0,64,0,1800,0,0)`;
    await frames(`send_frame(pack("H12","333300000001").$mac.pack("n",0x86dd).${advertisement}) for 1..20`);
    assert.equal((await run("ip", ["-6", "route", "show", "default"])).stdout, before);
    await stage.unharmed();
  });

  test("DHCP: no container gives out addresses to another", async () => {
    const listen = `use Socket;socket(S,PF_INET,SOCK_DGRAM,0);setsockopt(S,SOL_SOCKET,SO_BROADCAST,1);bind(S,sockaddr_in(68,INADDR_ANY))or die "$!";$|=1;print "ready\\n";$SIG{ALRM}=sub{print "nothing\\n";exit};alarm 4;recv(S,my $m,2000,0);print "heard $m\\n"`;
    const heard = stage.attacker.docker("exec", "second", "perl", "-e", listen);
    const offer = `use Socket;socket(S,PF_INET,SOCK_DGRAM,0);setsockopt(S,SOL_SOCKET,SO_BROADCAST,1);bind(S,sockaddr_in(67,INADDR_ANY))or die "$!";for(1..30){send(S,"offer",0,sockaddr_in(68,INADDR_BROADCAST));select(undef,undef,undef,0.1)}`;
    good(await stage.inside(`perl -e '${offer}'`));
    assert.equal((await heard).stdout, "ready\nnothing\n");
    await stage.unharmed();
  });

  test("the neighbour hears nothing of all that", async () => {
    const before = readFileSync(`/proc/${await stage.pidOf("vault")}/net/dev`, "utf8");
    const packets = (text: string) => Number(/eth0:\s*\d+\s+(\d+)/.exec(text)?.[1] ?? 0);
    await frames(`send_frame(("\\xff"x6).$mac.pack("n",0x88b5)."x"x50) for 1..2000`);
    const now = readFileSync(`/proc/${await stage.pidOf("vault")}/net/dev`, "utf8");
    assert.ok(packets(now) - packets(before) < 200, `${packets(now) - packets(before)} packets`);
    await stage.unharmed();
  });
});
