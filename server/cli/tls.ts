import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { readArguments } from "./arguments.ts";
import { defaultConfigFile } from "../compose/daemon-json/default-file.ts";
import { CommandError } from "./command-error.ts";

const days = "825";
/** What names the certificates, and what they are made beside. */
const configFile = (): string => resolve(process.env["DRYDOCK_CONFIG"] ?? defaultConfigFile);

/**
 * `./drydock tls [--out DIRECTORY] [NAME|ADDRESS...]`: a certificate authority, a server's certificate for these names and
 * a client's, as dockerd's `tlsverify` and the docker CLI want them (Docker docs, Protect the Docker daemon socket).
 * An authority that is there is kept: then only the other two are made anew.
 */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments("tls", args, { out: { type: "string" } }, Infinity);
  const directory = resolve(values.out ?? join(dirname(configFile()), "tls"));
  const names = [...new Set([...positionals, hostname(), "localhost", "127.0.0.1", "::1"])];
  const wrong = names.find((name) => isIP(name) === 0 && !/^[\w.-]+$/.test(name));
  if (wrong !== undefined) {
    throw new CommandError(`"${wrong}" is neither a host's name nor an address`);
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const at = (file: string) => join(directory, file);
  if (!existsSync(at("ca-key.pem"))) {
    newKey(at("ca-key.pem"));
    const extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"];
    openssl(
      "req",
      "-new",
      "-x509",
      "-sha256",
      "-days",
      days,
      "-key",
      at("ca-key.pem"),
      "-out",
      at("ca.pem"),
      "-subj",
      "/CN=Drydock",
      ...extensions.flatMap((extension) => ["-addext", extension]),
    );
  }
  const alternatives = names.map((name) => `${isIP(name) === 0 ? "DNS" : "IP"}:${name}`).join(",");
  sign(directory, "server", hostname(), `extendedKeyUsage=serverAuth\nsubjectAltName=${alternatives}\n`);
  sign(directory, "client", "client", "extendedKeyUsage=clientAuth\n");
  process.stdout.write(explanation(directory, positionals[0] ?? hostname()));
  return 0;
}

function sign(directory: string, kind: "server" | "client", name: string, extensions: string): void {
  const at = (file: string) => join(directory, file);
  const prefix = kind === "server" ? "server-" : "";
  const [key, certificate] = [at(`${prefix}key.pem`), at(`${prefix}cert.pem`)];
  const [request, extensionFile] = [at(`${kind}.csr`), at(`${kind}.ext`)];
  newKey(key);
  openssl("req", "-new", "-sha256", "-subj", `/CN=${name}`, "-key", key, "-out", request);
  writeFileSync(extensionFile, extensions);
  openssl(
    "x509",
    "-req",
    "-sha256",
    "-days",
    days,
    "-in",
    request,
    "-CA",
    at("ca.pem"),
    "-CAkey",
    at("ca-key.pem"),
    "-CAcreateserial",
    "-out",
    certificate,
    "-extfile",
    extensionFile,
  );
  rmSync(request);
  rmSync(extensionFile);
}

function newKey(path: string): void {
  openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path);
  chmodSync(path, 0o400);
}

/** @throws CommandError with openssl's own words */
function openssl(...args: string[]): void {
  try {
    execFileSync("openssl", args, { stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: Buffer };
    throw new CommandError(
      code === "ENOENT" ? "openssl is not installed" : `openssl: ${stderr?.toString() ?? message}`,
    );
  }
}

function explanation(directory: string, host: string): string {
  const settings = {
    hosts: ["tcp://0.0.0.0:2376"],
    tlsverify: true,
    tlscacert: join(directory, "ca.pem"),
    tlscert: join(directory, "server-cert.pem"),
    tlskey: join(directory, "server-key.pem"),
  };
  const files = ["ca=ca.pem", "cert=cert.pem", "key=key.pem"].map((pair) => pair.replace("=", `=${directory}/`));
  return `Certificates are in ${directory}. In ${configFile()}:

${JSON.stringify(settings, undefined, 2)}

For a client (it needs ca.pem, cert.pem and key.pem, nothing else; who has them has this machine):

  docker context create drydock --docker "host=tcp://${host}:2376,${files.join(",")}"
`;
}
