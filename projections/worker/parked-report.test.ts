/** Tests of the report of parked events: one line with the stack, for the first of each key. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import type { RecordedEvent } from "../../wire/internal.ts"
import { noteOrigin, reportParked } from "./parked-report.ts"

test("an event that is parked is named with its stack; those behind it are not", (t) => {
  const { mock } = t.mock.method(console, "log", () => {})
  const place = { context: "desk", sequence: 7, index: 0, type: "Written", actor: "desk.note/a" }
  const first = { ...place, key: "a", error: "TypeError: bad", parkedAt: new Date() }
  const meta = { commandId: "c-1", correlation: "request-1" } as RecordedEvent["meta"]
  noteOrigin(first, new TypeError("bad"), { meta })
  reportParked("desk.list", [first, { ...first, sequence: 8, error: undefined }])
  const text = mock.calls.map(({ arguments: given }) => given.join(" ")).join("\n")
  assert.match(
    text,
    /desk\.list has parked Written of desk\.note\/a at desk:7, with the key a: .*request-1/,
  )
  assert.match(text, /TypeError: bad\n\s+at .*parked-report\.test\.ts/)
  assert.doesNotMatch(text, /desk:8/)
})
