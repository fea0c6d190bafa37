/** Tests of the roster: who is on it, who is left out, and what becomes of it without a bucket. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { Unavailable } from "../../contracts/internal.ts"
import type { Membership } from "./membership.ts"
import { announced } from "./membership.suite.ts"
import { memoryMembership } from "./membership-memory.ts"
import { place } from "./placement.ts"
import { followRoster, Roster } from "./roster.ts"

const NAME = "bank.account"
const ids = Array.from({ length: 100 }, (_, each) => `a-${each}`)
const ownersIn = (roster: Roster) => new Set(ids.map((id) => roster.nodeOf(NAME, id, 0)))

const rosterOf = (...nodes: string[]): Roster => {
  const roster = new Roster()
  for (const node of nodes) roster.hear({ type: "announced", announcement: announced(node) })
  return roster
}

test("actors are owned as they are placed, within their context", () => {
  const roster = rosterOf("a", "b", "c")
  const { nodeOf } = place("bank", ["a", "b", "c"])
  // The slice of the id "a" is 0xe40c292c modulo 256.
  assert.equal(roster.nodeOf(NAME, "a", 0), nodeOf(0x2c, 0))
  assert.equal(roster.nodeOf(NAME, "a", 1), nodeOf(0x2c, 1))
  assert.deepEqual([...ownersIn(roster)].sort(), ["a", "b", "c"])
  assert.equal(roster.nodeOf("shop.basket", "a", 0), undefined)
})

test("a node owns actors of the contexts that it hosts, and of no others", () => {
  const roster = rosterOf("a")
  const announcement = announced("b", { contexts: ["shop"] })
  roster.hear({ type: "announced", announcement })
  assert.deepEqual([...ownersIn(roster)], ["a"])
  assert.equal(roster.nodeOf("shop.basket", "x", 0), "b")
})

test("nobody is known at first, and one who is alone has nobody after it", () => {
  assert.equal(rosterOf().nodeOf(NAME, "a-1", 0), undefined)
  const roster = rosterOf("a")
  assert.equal(roster.nodeOf(NAME, "a-1", 0), "a")
  assert.equal(roster.nodeOf(NAME, "a-1", 1), undefined)
})

test("a node that leaves or is gone owns nothing", () => {
  const roster = rosterOf("a", "b")
  roster.hear({ type: "announced", announcement: announced("b", { leaving: true }) })
  assert.deepEqual([...ownersIn(roster)], ["a"])
  assert.equal(roster.nodes.length, 2)
  roster.hear({ type: "gone", node: "b" })
  assert.deepEqual([...ownersIn(roster)], ["a"])
  assert.equal(roster.nodes.length, 1)
})

test("a node that is lost owns nothing until it says that it is there", () => {
  const roster = rosterOf("a", "b")
  const told: string[] = []
  roster.onLost((node) => told.push(node))
  for (const node of ["b", "b", "unknown"]) roster.lose(node)
  assert.deepEqual(told, ["b"])
  assert.deepEqual([...ownersIn(roster)], ["a"])
  roster.hear({ type: "announced", announcement: announced("b") })
  assert.equal(ownersIn(roster).size, 2)
})

test("a node that leaves cannot be lost: it answers what it has taken on", () => {
  const roster = rosterOf("a")
  roster.hear({ type: "announced", announcement: announced("b", { leaving: true }) })
  roster.onLost(() => assert.fail("it was lost"))
  roster.lose("b")
})

test("a renewal changes nothing, and a change is told once", () => {
  const roster = rosterOf("a")
  let changes = 0
  const { close } = roster.onChange(() => changes++)
  for (let each = 0; each < 5; each++) {
    roster.hear({ type: "announced", announcement: announced("a", { load: each }) })
  }
  assert.equal(changes, 0)
  roster.hear({ type: "announced", announcement: announced("b") })
  assert.equal(changes, 1)
  close()
  roster.hear({ type: "gone", node: "b" })
  assert.equal(changes, 1)
})

test("who was not heard of for long is forgotten, whatever the watch says", () => {
  const roster = rosterOf()
  roster.hear({ type: "announced", announcement: announced("a") }, 1_000)
  roster.hear({ type: "announced", announcement: announced("b") }, 2_000)
  roster.forgetBefore(1_500)
  assert.deepEqual([...ownersIn(roster)], ["b"])
})

test("a roster that is followed knows who comes and who goes", async (t) => {
  const membership = memoryMembership(100)
  const { roster, close } = await followRoster(membership)
  t.after(close)
  const changed = () =>
    new Promise<void>((resolve) => {
      const { close: done } = roster.onChange(() => {
        done()
        resolve()
      })
    })
  await membership.announce(announced("a"))
  assert.deepEqual([...ownersIn(roster)], ["a"])
  await changed()
  assert.equal(roster.nodeOf(NAME, "a-1", 0), undefined)
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
  const { roster, close } = await followRoster(reluctant)
  t.after(close)
  const heard = new Promise<void>((resolve) => void roster.onChange(resolve))
  let waiting = true
  void heard.then(() => waiting = false)
  while (waiting) {
    await works.announce(announced("a"))
    await new Promise(setImmediate)
  }
  assert.equal(roster.nodeOf(NAME, "a-1", 0), "a")
})
