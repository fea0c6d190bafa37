/** Tests of the lookout: it tells a node that hangs from one that has ended or left. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import { memoryWire, nodeSubject } from "../../wire/internal.ts"
import { Lookout } from "./lookout.ts"
import type { NodeAnnouncement } from "./membership.ts"
import { KnownNodes } from "./known-nodes.ts"

const announcement = (node: string, leaving = false): NodeAnnouncement => ({
  node,
  contexts: ["bank"],
  version: "1.0.0",
  load: 0,
  leaving,
})

const opened = (t: { after(work: () => Promise<void>): void }) => {
  const wire = memoryWire()
  const knownNodes = new KnownNodes()
  const lookout = new Lookout(wire, knownNodes)
  t.after(async () => lookout.close())
  const hear = (node: string, leaving = false) =>
    knownNodes.hear({ type: "announced", announcement: announcement(node, leaving) })
  const forget = (node: string) => knownNodes.hear({ type: "gone", node })
  return { wire, knownNodes, lookout, hear, forget }
}

test("a node that falls silent with its connection open hangs, until it is back", async (t) => {
  const { wire, lookout, hear, forget } = opened(t)
  const serving = wire.serve(nodeSubject("n1"), () => {})
  hear("n1")
  hear("n2")
  assert.deepEqual(lookout.troubles, [])
  forget("n1")
  await until(() => lookout.troubles.length > 0)
  assert.match(lookout.troubles.join(), /^the node n1 hangs: it neither answers nor announces/)
  hear("n1")
  await until(() => lookout.troubles.length === 0)

  forget("n1")
  await until(() => lookout.troubles.length > 0)
  serving.close()
  await until(() => lookout.troubles.length === 0)
})

test("a node that has ended or has left is not missed", async (t) => {
  const { wire, knownNodes, lookout, hear, forget } = opened(t)
  wire.serve(nodeSubject("left"), () => {})
  hear("ended")
  hear("left", true)
  forget("ended")
  forget("left")
  assert.deepEqual(knownNodes.vanished, ["ended"])
  lookout.look()
  await until(() => knownNodes.vanished.length === 0)
  assert.deepEqual(lookout.troubles, [])
})

test("a node that answers, though it cannot announce itself, does not hang", async (t) => {
  const { wire, lookout, hear, forget } = opened(t)
  let asked = 0
  wire.serve(nodeSubject("n1"), (message) => {
    asked++
    message.respond(new Uint8Array())
  })
  hear("n1")
  forget("n1")
  await until(() => asked > 1)
  assert.deepEqual(lookout.troubles, [])
})

test("the vanished nodes that are remembered are bounded", (t) => {
  const { knownNodes, hear, forget } = opened(t)
  for (let each = 0; each < 1_000; each++) {
    hear(`n${each}`)
    forget(`n${each}`)
  }
  assert.equal(knownNodes.vanished.length, 64)
  assert.equal(knownNodes.vanished.at(-1), "n999")
})
