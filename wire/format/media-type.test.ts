/** Tests of media types: they are read as RFC 9110 spells them, and refused otherwise. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { parseMediaType } from "./media-type.ts"

test("types and parameters are told apart, in any case, with spaces and quotes", () => {
  const known: [string, string, Record<string, string>][] = [
    ["application/json", "application/json", {}],
    [" Application/JSON ; Charset=UTF-8", "application/json", { charset: "UTF-8" }],
    ['text/plain;a="b;c, \\"d\\"";e=f', "text/plain", { a: 'b;c, "d"', e: "f" }],
    ["text/plain;", "text/plain", {}],
    ["text/plain;;a=b; ", "text/plain", { a: "b" }],
    ["application/vnd.api+json;q=0.5", "application/vnd.api+json", { q: "0.5" }],
    ["*/*;q=0", "*/*", { q: "0" }],
  ]
  for (const [text, type, parameters] of known) {
    const read = parseMediaType(text)
    assert.deepEqual([read?.type, Object.fromEntries(read?.parameters ?? [])], [type, parameters])
  }
})

test("a text with any other spelling is not a media type", () => {
  const wrong = [
    "",
    "json",
    "application/",
    "/json",
    "application/json, application/msgpack",
    "application/json application/msgpack",
    "application/json;charset",
    "application/json;charset=",
    "application/json;charset=utf-8;charset=utf-16",
    "application/json;charset = utf-8",
    'application/json;a="b',
    "application/json\u00a0;a=b",
    "appl\u00efcation/json",
    `application/json;a=${"x".repeat(300)}`,
    `application/json;${" ".repeat(200_000)}`,
  ]
  for (const text of wrong) assert.equal(parseMediaType(text), undefined, text.slice(0, 80))
})
