/** Tests of the log in memory: it takes and refuses appends as JetStream does. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { MemoryLog } from "./log-memory.ts"

const payload = new Uint8Array([1])

test("sequences start at 1 and are the context's own", () => {
  const log = new MemoryLog()
  assert.deepEqual(log.append("a", "evt.a.x", 0, payload), { stored: true, sequence: 1 })
  assert.deepEqual(log.append("a", "evt.a.y", 0, payload), { stored: true, sequence: 2 })
  assert.deepEqual(log.append("a", "evt.a.x", 1, payload), { stored: true, sequence: 3 })
  assert.deepEqual(log.append("b", "evt.b.x", 0, payload), { stored: true, sequence: 1 })
  const { messages } = log.stream("a")
  assert.deepEqual(messages.map(({ subject, sequence }) => [subject, sequence]), [
    ["evt.a.x", 1],
    ["evt.a.y", 2],
    ["evt.a.x", 3],
  ])
})

test("an append with a wrong last sequence stores nothing and returns the right one", () => {
  const log = new MemoryLog()
  log.append("a", "evt.a.x", 0, payload)
  for (const expected of [0, 2]) {
    const answer = log.append("a", "evt.a.x", expected, payload)
    assert.deepEqual(answer, { stored: false, sequence: 1 })
  }
  assert.equal(log.stream("a").messages.length, 1)
})

test("listeners are called for each stored append", () => {
  const log = new MemoryLog()
  const heard: string[] = []
  const stop = log.onAppend((context) => heard.push(context))
  log.append("a", "evt.a.x", 0, payload)
  log.append("a", "evt.a.x", 0, payload)
  log.append("b", "evt.b.x", 0, payload)
  stop()
  log.append("b", "evt.b.x", 1, payload)
  assert.deepEqual(heard, ["a", "b"])
})

test("a stream keeps its creation time, and two streams differ", () => {
  const log = new MemoryLog()
  assert.equal(log.stream("a"), log.stream("a"))
  assert.notEqual(log.stream("a").created, log.stream("b").created)
})
