/** Tests of the report of parked events: one line with the stack, for the first of each key. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { noteCause, reportParked } from "./parked-report.ts"

test("an event that is parked is named with its stack; those behind it are not", (t) => {
  const { mock } = t.mock.method(console, "log", () => {})
  const place = { context: "desk", sequence: 7, index: 0, type: "Written", actor: "desk.note/a" }
  const first = { ...place, key: "a", error: "TypeError: bad", parkedAt: new Date() }
  noteCause(first, new TypeError("bad"))
  reportParked("desk.list", [first, { ...first, sequence: 8, error: undefined }])
  const text = mock.calls.map(({ arguments: given }) => given.join(" ")).join("\n")
  assert.match(text, /desk\.list has parked Written of desk\.note\/a at desk:7, with the key a/)
  assert.match(text, /TypeError: bad\n\s+at .*parked-report\.test\.ts/)
  assert.doesNotMatch(text, /desk:8/)
})
