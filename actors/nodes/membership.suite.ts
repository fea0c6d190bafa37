/** What every membership does: the suite that its twins share. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import type { Serving } from "../../wire/internal.ts"
import type { Membership, MembershipChange, NodeAnnouncement } from "./membership.ts"

/** An announcement of a node that hosts the bank. */
export const announced = (
  node: string,
  changes: Partial<NodeAnnouncement> = {},
): NodeAnnouncement => ({
  node,
  contexts: ["bank"],
  version: "1.0.0",
  load: 0,
  leaving: false,
  ...changes,
})

/** Watches, and lets a test wait for a change. */
export const watcher = async (membership: Membership) => {
  const told: MembershipChange[] = []
  let check = () => {}
  const watching: Serving = await membership.watch((change) => {
    told.push(change)
    check()
  })
  const until = (wanted: (change: MembershipChange) => boolean): Promise<MembershipChange> =>
    new Promise((resolve) => {
      check = () => {
        const found = told.find(wanted)
        if (found) resolve(found)
      }
      check()
    })
  return { told, until, close: watching.close }
}

const nodeOf = (change: MembershipChange): string =>
  change.type === "gone" ? change.node : change.announcement.node

const is = (type: MembershipChange["type"], node: string) => (change: MembershipChange) =>
  change.type === type && nodeOf(change) === node

/** Longer than nodes are silent before they are gone, in milliseconds. */
const WITHIN_MS = 60_000

/** Announces a node repeatedly until something has come true. */
export const renewedUntil = async (
  membership: Membership,
  node: string,
  wanted: Promise<unknown>,
): Promise<void> => {
  let waiting = true
  void wanted.then(() => waiting = false)
  await until(async () => {
    await membership.announce(announced(node))
    return !waiting
  }, { within: WITHIN_MS })
}

/** Runs the suite. Nodes must have names of their own, because a membership can be shared. */
export const membershipSuite = (open: () => Promise<Membership>): void => {
  test("the announcement of a node reaches present and later watchers", async (t) => {
    const membership = await open()
    const said = announced("a-1", { contexts: ["bank", "shop"], version: "2.1.0", load: 12 })
    const early = await watcher(membership)
    await membership.announce(said)
    const late = await watcher(membership)
    t.after(() => [early, late].forEach(({ close }) => close()))
    for (const { until } of [early, late]) {
      assert.deepEqual(await until(is("announced", "a-1")), {
        type: "announced",
        announcement: said,
      })
    }
  })

  test("a node announces its changes", async (t) => {
    const membership = await open()
    const { until, close } = await watcher(membership)
    t.after(close)
    await membership.announce(announced("b-1"))
    await membership.announce(announced("b-1", { load: 7 }))
    await membership.announce(announced("b-1", { leaving: true }))
    const loaded = (change: MembershipChange) =>
      is("announced", "b-1")(change) && change.type === "announced" &&
      change.announcement.load === 7
    const leaving = (change: MembershipChange) =>
      change.type === "announced" && change.announcement.node === "b-1" &&
      change.announcement.leaving
    await until(loaded)
    await until(leaving)
  })

  test("a node that is not renewed is gone after a while, a renewed one stays", async (t) => {
    const membership = await open()
    const { until, told, close } = await watcher(membership)
    t.after(close)
    await membership.announce(announced("c-silent"))
    await membership.announce(announced("c-steady"))
    await renewedUntil(membership, "c-steady", until(is("gone", "c-silent")))
    assert.ok(!told.some(is("gone", "c-steady")))
    const late = await watcher(membership)
    t.after(late.close)
    await late.until(is("announced", "c-steady"))
    assert.ok(!late.told.some(is("announced", "c-silent")))
  })

  test("a node that was gone and announces itself again is present", async (t) => {
    const membership = await open()
    const { until, told, close } = await watcher(membership)
    t.after(close)
    await membership.announce(announced("d-1"))
    await until(is("gone", "d-1"))
    told.length = 0
    await membership.announce(announced("d-1"))
    await until(is("announced", "d-1"))
  })

  test("a closed watch gets no changes", async (t) => {
    const membership = await open()
    const [one, other] = [await watcher(membership), await watcher(membership)]
    t.after(other.close)
    one.close()
    await membership.announce(announced("e-1"))
    await other.until(is("announced", "e-1"))
    assert.deepEqual(one.told.filter((change) => nodeOf(change) === "e-1"), [])
  })
}
