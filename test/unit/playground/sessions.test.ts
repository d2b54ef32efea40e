import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { readCookies, serializeCookie } from "../../../server/playground/http/cookies.ts";
import { Sessions } from "../../../server/playground/sessions/sessions.ts";
import { Signer } from "../../../server/playground/sessions/signer.ts";

const secret = Buffer.alloc(32, 7);

function asking(cookie?: string): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  if (cookie !== undefined) request.headers.cookie = cookie;
  return request;
}

describe("signer", () => {
  const signer = new Signer(secret, "session");

  it("takes back what it signed", () => {
    for (const text of ["abc", "", "with.dots.in.it", "grüße"]) assert.equal(signer.verify(signer.sign(text)), text);
  });

  it("refuses what was changed, signed for something else or with another secret", () => {
    const signed = signer.sign("abc");
    const flipped = `${signed.slice(0, -1)}${signed.endsWith("A") ? "B" : "A"}`;
    for (const bad of ["", ".", "abc", "abc.", `x${signed}`, flipped, `${signed}x`, signed.slice(0, -1)]) {
      assert.equal(signer.verify(bad), undefined, bad);
    }
    assert.equal(new Signer(secret, "preview").verify(signed), undefined);
    assert.equal(new Signer(Buffer.alloc(32, 8), "session").verify(signed), undefined);
  });
});

describe("cookies", () => {
  it("are read in their order, odd ones too", () => {
    assert.deepEqual(readCookies("a=1; b = two=2;c; =x"), [
      ["a", "1"],
      ["b", "two=2"],
      ["", "x"],
    ]);
    assert.deepEqual(readCookies(undefined), []);
  });

  it("are written with their flags", () => {
    const options = { maxAge: 60, httpOnly: true, sameSite: "Lax", secure: true } as const;
    assert.equal(serializeCookie("n", "v", options), "n=v; Max-Age=60; Path=/; SameSite=Lax; HttpOnly; Secure");
    assert.equal(
      serializeCookie("n", "v", { maxAge: 0, httpOnly: false, sameSite: "Strict", secure: false }),
      "n=v; Max-Age=0; Path=/; SameSite=Strict",
    );
  });
});

describe("sessions", () => {
  const sessions = new Sessions(new Signer(secret, "session"), false);

  it("are made once and known by their cookie", () => {
    const response = new ServerResponse(asking());
    const id = sessions.ensure(asking(), response);
    const [cookie] = [response.getHeader("set-cookie")].flat();
    assert.match(String(cookie), /^drydock=.*HttpOnly/);
    const pair = String(cookie).split(";")[0] ?? "";
    assert.equal(sessions.read(asking(pair)), id);
    assert.equal(sessions.ensure(asking(pair), new ServerResponse(asking())), id);
  });

  it("are nobody's with a forged cookie, or with those of two: a neighbouring origin may have added one", () => {
    const [signed, other] = ["someone", "other"].map((id) => new Signer(secret, "session").sign(id));
    assert.equal(sessions.read(asking(`drydock=${signed}`)), "someone");
    assert.equal(sessions.read(asking("drydock=someone.AAAA")), undefined);
    assert.equal(sessions.read(asking(`drydock=${signed}; drydock=${other}`)), undefined);
    const response = new ServerResponse(asking());
    assert.throws(() => sessions.ensure(asking(`drydock=${other}; drydock=${signed}`), response), /a second session/);
    assert.equal(response.getHeader("set-cookie"), undefined, "neither takes the place of the visitor's own");
    const beside = asking(`drydock=junk; drydock=${signed}; drydock=someone.AAAA`);
    assert.equal(sessions.ensure(beside, new ServerResponse(asking())), "someone", "what nobody has signed is none");
  });

  it("of a frame are known by their token alone, whatever cookies come with it", () => {
    const { id, token } = sessions.makeFramed();
    const framed = (value: string, cookie?: string): IncomingMessage => {
      const request = asking(cookie);
      request.headers["x-drydock-frame"] = value;
      return request;
    };
    assert.equal(sessions.read(framed(token)), id);
    const own = new Signer(secret, "session").sign("someone");
    assert.equal(sessions.read(framed(token, `drydock=${own}`)), id);
    assert.equal(sessions.read(framed("forged", `drydock=${own}`)), undefined, "no way back to the reader's own");
    assert.equal(sessions.read(framed(own)), undefined, "a cookie's value is no token");
    assert.equal(sessions.read(asking(`drydock=${token}`)), undefined, "a token is no cookie");
    const response = new ServerResponse(asking());
    assert.equal(sessions.ensure(framed(token), response), id);
    assert.equal(response.getHeader("set-cookie"), undefined);
  });

  it("have a host-bound name over TLS", () => {
    assert.equal(new Sessions(new Signer(secret, "session"), true).cookieName, "__Host-drydock");
  });
});
