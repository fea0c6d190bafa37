/** Attacks by labels of bodies: content types and encodings that differ from the body itself. */
import { Buffer } from "node:buffer"
import { gzipSync } from "node:zlib"
import type { Attack, AttackClass } from "../attack-case.ts"
import { HARMLESS, httpAttack, receiveAt } from "./http-attack.ts"

const ONE = '{"quantity":1}'

const labelled = (
  name: string,
  headers: readonly string[],
  expected: readonly number[],
  body: string | Uint8Array = ONE,
): Attack =>
  httpAttack(
    name,
    (scene) => ({ method: "POST", path: receiveAt(scene), headers, body }),
    expected,
  )

const refusedTypes = [
  ...["text/plain", "text/plain;charset=utf-8", "text/json", "text/html", "application/xml"],
  ...["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "image/png"],
  ...["application/javascript", "application/jsonp", "application/json-seq", "json", "*/*"],
  ...["application/*", "application/json, text/plain", "text/plain, application/json"],
  ...["application/octet-stream", "application/msgpack", "application/vnd.msgpack"],
  ...["application/x-msgpack", "application/cbor", "application/", "/json", ";", "+json"],
  ...["application/json application/json", "application/jsön"],
  ...["a".repeat(8_000)],
]

const spelled = [
  ...["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"],
  ...["application/json;charset=UTF-8", "application/json ; charset=utf-8"],
]

const MSGPACK = Uint8Array.from([0x81, 0xa8, ...Buffer.from("quantity"), 7])

const short = (type: string) => type.length > 50 ? `${type.slice(0, 10)}… (${type.length})` : type

/** The class. */
export const contentTypes: AttackClass = {
  name: "content-types",
  attacks: () => [
    ...refusedTypes.map((type) =>
      labelled(`"${short(type)}"`, [`Content-Type: ${Buffer.from(type).toString("latin1")}`], [415])
    ),
    ...spelled.map((type) => labelled(`"${type}" is JSON`, [`Content-Type: ${type}`], [200])),
    labelled("text with +json", ["Content-Type: text/plain+json"], [200, 415]),
    labelled("no content type", [], [415]),
    labelled("no content type and no body", [], [415, 400, 422], ""),
    labelled("no content type, and MessagePack", [], [415], MSGPACK),
    labelled("an empty content type", ["Content-Type:"], [415]),
    labelled("MessagePack as it is", ["Content-Type: application/msgpack"], [415], MSGPACK),
    labelled("MessagePack labelled JSON", ["Content-Type: application/json"], [400, 422], MSGPACK),
    labelled(
      "MessagePack as a kind of JSON",
      ["Content-Type: application/x+json"],
      [400, 415, 422],
      MSGPACK,
    ),
    labelled(
      "two content types, text first",
      ["Content-Type: text/plain", "Content-Type: application/json"],
      [400, 415],
    ),
    labelled(
      "two content types, JSON first",
      ["Content-Type: application/json", "Content-Type: text/plain"],
      [200, 400, 415],
    ),
    ...["UTF-16", "utf-7", "latin1", "x"].map((charset) =>
      labelled(
        `JSON in charset ${charset}`,
        [`Content-Type: application/json; charset=${charset}`],
        [200, 415],
      )
    ),
    ...["gzip", "br", "deflate", "zstd", "identity, gzip", "compress"].map((encoding) =>
      labelled(
        `JSON in encoding ${encoding}`,
        ["Content-Type: application/json", `Content-Encoding: ${encoding}`],
        [400, 415, 422],
        gzipSync(ONE),
      )
    ),
    labelled(
      "plain JSON that says it is gzip",
      ["Content-Type: application/json", "Content-Encoding: gzip"],
      HARMLESS,
    ),
    labelled(
      "a gzip bomb",
      ["Content-Type: application/json", "Content-Encoding: gzip"],
      [400, 413, 415, 422],
      gzipSync(Buffer.alloc(9_000_000, 32)),
    ),
    labelled("a body for JSON+patch", ["Content-Type: application/json-patch+json"], HARMLESS),
  ],
}
