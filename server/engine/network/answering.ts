import { connect } from "node:net";

/** ms; a container is one hop away */
const patience = 500;
const mostAtOnce = 32;

/**
 * Which of these TCP ports take a connection, ascending: for who cannot be asked what it listens on, as its network stack
 * is not the kernel's. Every one costs it a connection that ends at once.
 */
export async function answeringPorts(address: string, ports: readonly number[]): Promise<number[]> {
  const asked = [...new Set(ports)].toSorted((a, b) => a - b).slice(0, mostAtOnce);
  const answers = await Promise.all(asked.map((port) => takesConnection(address, port)));
  return asked.filter((_, index) => answers[index]);
}

function takesConnection(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: patience });
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once("connect", () => settle(true));
    socket.once("timeout", () => settle(false));
    socket.once("error", () => settle(false));
  });
}
