/** Tests of the known nodes: which nodes are known, which own actors, and work without a bucket. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import { Unavailable } from "../../contracts/internal.ts"
import type { Membership } from "./membership.ts"
import { announced } from "./membership.suite.ts"
import { memoryMembership } from "./membership-memory.ts"
import { place } from "./placement.ts"
import { followNodes, KnownNodes } from "./known-nodes.ts"

const NAME = "bank.account"
const ids = Array.from({ length: 100 }, (_, each) => `a-${each}`)
const ownersIn = (knownNodes: KnownNodes) =>
  new Set(ids.map((id) => knownNodes.nodeOf(NAME, id, 0)))

const knownNodesOf = (...nodes: string[]): KnownNodes => {
  const knownNodes = new KnownNodes()
  for (const node of nodes) knownNodes.hear({ type: "announced", announcement: announced(node) })
  return knownNodes
}

test("actors have the owners of the placement, within their context", () => {
  const knownNodes = knownNodesOf("a", "b", "c")
  const { nodeOf } = place("bank", ["a", "b", "c"])
  // The slice of the id "a" is 0xe40c292c modulo 256.
  assert.equal(knownNodes.nodeOf(NAME, "a", 0), nodeOf(0x2c, 0))
  assert.equal(knownNodes.nodeOf(NAME, "a", 1), nodeOf(0x2c, 1))
  assert.deepEqual([...ownersIn(knownNodes)].sort(), ["a", "b", "c"])
  assert.equal(knownNodes.nodeOf("shop.basket", "a", 0), undefined)
})

test("a node owns actors of the contexts that it hosts, and of no others", () => {
  const knownNodes = knownNodesOf("a")
  const announcement = announced("b", { contexts: ["shop"] })
  knownNodes.hear({ type: "announced", announcement })
  assert.deepEqual([...ownersIn(knownNodes)], ["a"])
  assert.equal(knownNodes.nodeOf("shop.basket", "x", 0), "b")
})

test("no node is known at first, and a single node has no next in line", () => {
  assert.equal(knownNodesOf().nodeOf(NAME, "a-1", 0), undefined)
  const knownNodes = knownNodesOf("a")
  assert.equal(knownNodes.nodeOf(NAME, "a-1", 0), "a")
  assert.equal(knownNodes.nodeOf(NAME, "a-1", 1), undefined)
})

test("a node that leaves or is gone owns nothing", () => {
  const knownNodes = knownNodesOf("a", "b")
  knownNodes.hear({ type: "announced", announcement: announced("b", { leaving: true }) })
  assert.deepEqual([...ownersIn(knownNodes)], ["a"])
  assert.equal(knownNodes.nodes.length, 2)
  knownNodes.hear({ type: "gone", node: "b" })
  assert.deepEqual([...ownersIn(knownNodes)], ["a"])
  assert.equal(knownNodes.nodes.length, 1)
})

test("a node that is lost owns nothing until it announces itself", () => {
  const knownNodes = knownNodesOf("a", "b")
  const told: string[] = []
  knownNodes.onLost((node) => told.push(node))
  for (const node of ["b", "b", "unknown"]) knownNodes.lose(node)
  assert.deepEqual(told, ["b"])
  assert.deepEqual([...ownersIn(knownNodes)], ["a"])
  knownNodes.hear({ type: "announced", announcement: announced("b") })
  assert.equal(ownersIn(knownNodes).size, 2)
})

test("a leaving node cannot be lost: it answers the commands that it has taken on", () => {
  const knownNodes = knownNodesOf("a")
  knownNodes.hear({ type: "announced", announcement: announced("b", { leaving: true }) })
  knownNodes.onLost(() => assert.fail("it was lost"))
  knownNodes.lose("b")
})

test("a renewal changes nothing, and a change is reported once", () => {
  const knownNodes = knownNodesOf("a")
  let changes = 0
  const { close } = knownNodes.onChange(() => changes++)
  for (let each = 0; each < 5; each++) {
    knownNodes.hear({ type: "announced", announcement: announced("a", { load: each }) })
  }
  assert.equal(changes, 0)
  knownNodes.hear({ type: "announced", announcement: announced("b") })
  assert.equal(changes, 1)
  close()
  knownNodes.hear({ type: "gone", node: "b" })
  assert.equal(changes, 1)
})

test("a node that was silent for long is forgotten, whatever the watch says", () => {
  const knownNodes = knownNodesOf()
  knownNodes.hear({ type: "announced", announcement: announced("a") }, 1_000)
  knownNodes.hear({ type: "announced", announcement: announced("b") }, 2_000)
  knownNodes.forgetBefore(1_500)
  assert.deepEqual([...ownersIn(knownNodes)], ["b"])
})

test("followed nodes are known when they come, and forgotten when they go", async (t) => {
  const membership = memoryMembership(100)
  const { knownNodes, close } = await followNodes(membership)
  t.after(close)
  const changed = () =>
    new Promise<void>((resolve) => {
      const { close: done } = knownNodes.onChange(() => {
        done()
        resolve()
      })
    })
  await membership.announce(announced("a"))
  assert.deepEqual([...ownersIn(knownNodes)], ["a"])
  await changed()
  assert.equal(knownNodes.nodeOf(NAME, "a-1", 0), undefined)
})

test("a membership that cannot be watched is watched as soon as it can", async (t) => {
  const works = memoryMembership(100)
  let tries = 0
  const reluctant: Membership = {
    ...works,
    watch: (changed) => {
      if (++tries > 2) return works.watch(changed)
      return Promise.reject(new Unavailable({ message: "refused on purpose by a test" }))
    },
  }
  const { knownNodes, close } = await followNodes(reluctant)
  t.after(close)
  const heard = new Promise<void>((resolve) => void knownNodes.onChange(resolve))
  let waiting = true
  void heard.then(() => waiting = false)
  await until(async () => {
    await works.announce(announced("a"))
    return !waiting
  })
  assert.equal(knownNodes.nodeOf(NAME, "a-1", 0), "a")
})
