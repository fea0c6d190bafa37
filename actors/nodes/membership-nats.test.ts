/** Membership in a NATS bucket keeps the claims of every membership, and outlives its bucket. */
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { jetstreamManager } from "@nats-io/jetstream"
import { bucketStream, type NatsWire, natsWire, NODES_BUCKET } from "../../wire/internal.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { ownNats } from "../../testing/own-servers.ts"
import { announced, membershipSuite, renewedUntil, watcher } from "./membership.suite.ts"
import { natsMembership } from "./membership-nats.ts"
import { provisionStreams } from "../../app/operations/provision-nats.ts"

let wire: NatsWire

before(async () => {
  const { natsUrl } = await createNamespace()
  wire = await natsWire({ url: natsUrl, name: "membership test" })
  await provisionStreams(wire, [])
})

after(() => wire.close())

membershipSuite(() => Promise.resolve(natsMembership(wire, 1_000)))

test("of two that announce one node neither is stuck", async () => {
  const [one, other] = [natsMembership(wire), natsMembership(wire)]
  for (let round = 0; round < 3; round++) {
    await one.announce(announced("shared"))
    await other.announce(announced("shared"))
  }
})

test("without a bucket there is no membership, and the reason is told", async (t) => {
  const { url } = await ownNats(t)
  const bare = await natsWire({ url, name: "bare" })
  t.after(() => bare.close())
  const membership = natsMembership(bare)
  await assert.rejects(membership.announce(announced("x-1")), { _tag: "Unavailable" })
  await assert.rejects(membership.watch(() => {}), { _tag: "Unavailable" })
})

/** Resolves once somebody has looked twice for a bucket that is not there. */
const lookedFor = (own: NatsWire) => {
  let times = 0
  let serving: { drain: () => Promise<void> } | undefined
  const looked = new Promise<void>((resolve) => {
    serving = own.serve(`$JS.API.CONSUMER.CREATE.${bucketStream(NODES_BUCKET)}.>`, () => {
      if (++times === 2) resolve()
    })
  })
  return { looked, closed: async () => await serving?.drain() }
}

test("a bucket that is made anew is watched anew", async (t) => {
  const { url } = await ownNats(t)
  const own = await natsWire({ url, name: "anew" })
  t.after(() => own.close())
  await provisionStreams(own, [])
  const membership = natsMembership(own, 1_000)
  const { until, told, close } = await watcher(membership)
  t.after(close)
  for (let each = 0; each < 5; each++) await membership.announce(announced("y-1"))
  await until(({ type }) => type === "announced")
  const { streams } = await jetstreamManager(own.connection)
  await streams.delete(bucketStream(NODES_BUCKET))
  // Long enough for a watcher to notice, and to find no bucket when it looks for it again.
  const { closed, looked } = lookedFor(own)
  await looked
  await closed()
  await provisionStreams(own, [])
  told.length = 0
  const again = until((change) => change.type === "announced" && change.announcement.node === "y-2")
  await renewedUntil(membership, "y-2", again)
})
