/** Tests of serial queues: order within a key, freedom between keys. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { SerialQueues } from "./serial-queues.ts"

test("tasks of one key run one after another, those of another key do not wait", async () => {
  const queues = new SerialQueues()
  const log: string[] = []
  let finish = () => {}
  const finished = new Promise<void>((resolve) => finish = resolve)
  void queues.add("a", async () => {
    log.push("a1 begins")
    await finished
    log.push("a1 ends")
  })
  void queues.add("a", () => Promise.resolve(void log.push("a2")))
  await queues.add("b", () => Promise.resolve(void log.push("b1")))
  assert.deepEqual(log, ["a1 begins", "b1"])
  finish()
  await queues.settled()
  assert.deepEqual(log, ["a1 begins", "b1", "a1 ends", "a2"])
})

test("a key without tasks is forgotten", async () => {
  const queues = new SerialQueues()
  const added = queues.add("a", () => Promise.resolve())
  assert.equal(queues.size, 1)
  await added
  assert.equal(queues.size, 0)
})

test("settled waits for tasks that are added while it waits", async () => {
  const queues = new SerialQueues()
  const log: number[] = []
  void queues.add("a", async () => {
    await Promise.resolve()
    void queues.add("a", () => Promise.resolve(void log.push(2)))
    log.push(1)
  })
  await queues.settled()
  assert.deepEqual(log, [1, 2])
})
