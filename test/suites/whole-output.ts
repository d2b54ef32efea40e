/**
 * Preloaded into every test file: its results go to the runner through a pipe, and a forced exit drops what such a pipe
 * has not taken yet, unless writing waits for it.
 */
if (process.env["NODE_TEST_CONTEXT"] !== undefined) {
  (process.stdout as { _handle?: { setBlocking?: (on: boolean) => void } })._handle?.setBlocking?.(true);
}
