/**
 * File names in addresses. A name on disk is bytes that need not be UTF-8; in strings every stray byte b is the lone
 * surrogate U+DC00 + b, as `decodeName` of the engine has it. In a query it is that byte, percent-encoded.
 */

const strayBase = 0xdc00;

/** The value of a query's parameter. */
export function encodeParameter(value: string): string {
  return value.isWellFormed() ? encodeURIComponent(value) : Array.from(value, encodeCharacter).join("");
}

function encodeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  const isStray = character.length === 1 && code >= strayBase + 0x80 && code <= strayBase + 0xff;
  return isStray ? `%${(code - strayBase).toString(16).toUpperCase()}` : encodeURIComponent(character.toWellFormed());
}

/**
 * The first parameter of this name; undefined if there is none.
 * @param search a query, with or without its question mark
 */
export function parameterIn(search: string, name: string): string | undefined {
  const pieces = search.replace(/^\?/, "").split("&");
  const found = pieces.find((piece) => piece === name || piece.startsWith(`${name}=`));
  const value = found?.slice(name.length + 1).replaceAll("+", " ");
  return value?.replaceAll(/(?:%[0-9a-f]{2})+/gi, decodeBytes);
}

/** @param encoded `%E2%82%AC%FF`, one byte after the other */
function decodeBytes(encoded: string): string {
  let text = "";
  for (let at = 0; at < encoded.length;) {
    const rest = encoded.slice(at);
    // UTF-8 has one to four bytes a character (RFC 3629, 3).
    const length = [3, 6, 9, 12].find((size) => size <= rest.length && isCharacter(rest.slice(0, size)));
    const stray = String.fromCharCode(strayBase + Number.parseInt(rest.slice(1, 3), 16));
    text += length === undefined ? stray : decodeURIComponent(rest.slice(0, length));
    at += length ?? 3;
  }
  return text;
}

function isCharacter(encoded: string): boolean {
  try {
    decodeURIComponent(encoded);
    return true;
  } catch {
    return false;
  }
}
