/** Tests that the memory twin keeps the claims of every wire and simulates a lost connection. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { NO_HEADERS, requestOf } from "../wire.ts"
import { wireSuite } from "../wire.suite.ts"
import { memoryWire } from "./wire-memory.ts"

wireSuite("the wire in memory", () => Promise.resolve(memoryWire()))

test("an interrupted wire fails requests until it is resumed", async () => {
  const wire = memoryWire()
  const changes: boolean[] = []
  const { close } = wire.onStatus((connected) => changes.push(connected))
  const nothing = new Uint8Array()
  const ask = (subject: string) => requestOf(wire, subject, nothing, NO_HEADERS, 5_000)
  wire.serve("echo", (message) => message.respond(message.payload))
  wire.serve("silence", () => {})
  const pending = ask("silence")
  wire.interrupt()
  wire.interrupt()
  assert.equal((await pending).type, "disconnected")
  assert.equal((await ask("echo")).type, "disconnected")
  assert.equal(wire.connected(), false)
  wire.resume()
  assert.equal((await ask("echo")).type, "reply")
  assert.deepEqual(changes, [false, true])
  close()
  await wire.close()
  assert.deepEqual(changes, [false, true])
})
