/** Row `index` of sixteen bytes, as hexdump -C has it: its offset, the bytes in two groups, and those that are ASCII letters. */
export function hexRow(bytes: Uint8Array, index: number): { columns: string; letters: string } {
  const row = bytes.subarray(index * 16, index * 16 + 16);
  const digits = Array.from(row, (byte) => byte.toString(16).padStart(2, "0"));
  const left = digits.slice(0, 8).join(" ").padEnd(23);
  const right = digits.slice(8).join(" ").padEnd(23);
  const letters = Array.from(row, (byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
  return { columns: `${(index * 16).toString(16).padStart(8, "0")}  ${left}  ${right}`, letters };
}
