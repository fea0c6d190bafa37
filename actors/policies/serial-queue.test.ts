/** Tests of lanes: order within a key, freedom between keys. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { Lanes } from "./serial-queue.ts"

test("tasks of one key run one after another, those of another key do not wait", async () => {
  const lanes = new Lanes()
  const log: string[] = []
  let finish = () => {}
  const finished = new Promise<void>((resolve) => finish = resolve)
  void lanes.add("a", async () => {
    log.push("a1 begins")
    await finished
    log.push("a1 ends")
  })
  void lanes.add("a", () => Promise.resolve(void log.push("a2")))
  await lanes.add("b", () => Promise.resolve(void log.push("b1")))
  assert.deepEqual(log, ["a1 begins", "b1"])
  finish()
  await lanes.settled()
  assert.deepEqual(log, ["a1 begins", "b1", "a1 ends", "a2"])
})

test("a key that has nothing left to do is forgotten", async () => {
  const lanes = new Lanes()
  const added = lanes.add("a", () => Promise.resolve())
  assert.equal(lanes.size, 1)
  await added
  assert.equal(lanes.size, 0)
})

test("settled waits for what is added while it waits", async () => {
  const lanes = new Lanes()
  const log: number[] = []
  void lanes.add("a", async () => {
    await Promise.resolve()
    void lanes.add("a", () => Promise.resolve(void log.push(2)))
    log.push(1)
  })
  await lanes.settled()
  assert.deepEqual(log, [1, 2])
})
