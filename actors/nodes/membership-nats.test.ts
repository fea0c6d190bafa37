/** Tests of membership in a NATS bucket: the shared suite, and work without the bucket. */
import assert from "node:assert/strict"
import { after, before } from "node:test"
import { test } from "../../testing/test.ts"
import { jetstreamManager } from "@nats-io/jetstream"
import {
  bucketStream,
  bucketSubject,
  type Headers,
  type NatsWire,
  natsWire,
  NODES_BUCKET,
  requestOf,
} from "../../wire/internal.ts"
import { createAccount } from "../../testing/namespace.ts"
import { ownNats } from "../../testing/own-servers.ts"
import { announced, membershipSuite, renewedUntil, watcher } from "./membership.suite.ts"
import { natsMembership } from "./membership-nats.ts"
import { provisionStreams } from "../../app/operations/provision-nats.ts"

const utf8 = new TextEncoder()
let wire: NatsWire

before(async () => {
  const natsUrl = await createAccount()
  wire = await natsWire({ url: natsUrl, name: "membership test" })
  await provisionStreams(wire, [])
})

after(() => wire.close())

membershipSuite(() => Promise.resolve(natsMembership(wire, 1_000)))

test("two processes that announce one node do not block each other", async () => {
  const [one, other] = [natsMembership(wire), natsMembership(wire)]
  for (let round = 0; round < 3; round++) {
    await one.announce(announced("shared"))
    await other.announce(announced("shared"))
  }
})

test("without a bucket no node can announce itself, and the reason is given", async (t) => {
  const { url } = await ownNats(t)
  const bare = await natsWire({ url, name: "bare" })
  t.after(() => bare.close())
  const membership = natsMembership(bare)
  await assert.rejects(membership.announce(announced("x-1")), { _tag: "Unavailable" })
})

test("without a connection there is no membership", async () => {
  const url = await createAccount()
  const closed = await natsWire({ url, name: "closed" })
  await closed.close()
  await assert.rejects(natsMembership(closed).watch(() => {}), { _tag: "Unavailable" })
})

test("a watch makes no consumer of the bucket, and goes on without the bucket", async (t) => {
  const { url } = await ownNats(t)
  const own = await natsWire({ url, name: "anew" })
  t.after(() => own.close())
  await provisionStreams(own, [])
  const membership = natsMembership(own, 1_000)
  const { until, told, close } = await watcher(membership)
  t.after(close)
  await membership.announce(announced("y-1"))
  await until(({ type }) => type === "announced")
  const { streams } = await jetstreamManager(own.connection)
  const bucket = bucketStream(NODES_BUCKET)
  assert.equal((await streams.info(bucket)).state.consumer_count, 0)
  await streams.delete(bucket)
  await assert.rejects(membership.announce(announced("y-1")), { _tag: "Unavailable" })
  await provisionStreams(own, [])
  told.length = 0
  const again = until((change) => change.type === "announced" && change.announcement.node === "y-2")
  await renewedUntil(membership, "y-2", again)
})

test("the nodes themselves tell a newcomer which nodes are present", async (t) => {
  const url = await createAccount()
  const [there, newcomer] = [await natsWire({ url, name: "a" }), await natsWire({ url, name: "b" })]
  t.after(() => Promise.all([there, newcomer].map((each) => each.close())))
  await provisionStreams(there, [])
  await natsMembership(there).announce(announced("z-1"))
  const { until, close } = await watcher(natsMembership(newcomer))
  t.after(close)
  await until((change) => change.type === "announced" && change.announcement.node === "z-1")
})

test("only an announcement of the key's own node is taken; a deleted key is gone", async (t) => {
  const url = await createAccount()
  const own = await natsWire({ url, name: "forged" })
  t.after(() => own.close())
  await provisionStreams(own, [])
  const { until, told, close } = await watcher(natsMembership(own))
  t.after(close)
  const said = (key: string, announcement: object) =>
    own.publish(`$KV.${NODES_BUCKET}.${key}`, utf8.encode(JSON.stringify(announcement)))
  said("v-1", announced("v-2"))
  said("v-3", { ...announced("v-3"), contexts: "all" })
  said("v-4", announced("v-4", { version: "x".repeat(20_000) }))
  said("*", announced("*"))
  own.publish(`$KV.${NODES_BUCKET}.v-5`, utf8.encode("\x81"))
  said("v-6", announced("v-6"))
  own.publish(`$KV.${NODES_BUCKET}.v-6`, new Uint8Array())
  await until(({ type }) => type === "gone")
  assert.deepEqual(told.map((change) => change.type), ["announced", "gone"])
  assert.deepEqual(told[1], { type: "gone", node: "v-6" })
})

test("an empty message has a node gone only if somebody has deleted its key", async (t) => {
  const url = await createAccount()
  const own = await natsWire({ url, name: "deleting" })
  t.after(() => own.close())
  await provisionStreams(own, [])
  const membership = natsMembership(own, 60_000)
  const { until, told, close } = await watcher(membership)
  t.after(close)
  await membership.announce(announced("k-1"))
  await until(({ type }) => type === "announced")
  const key = bucketSubject(NODES_BUCKET, "k-1")
  // As the nats-server answers for a message that does not exist, on any subject that a role names.
  const others: Headers[] = [{}, { "KV-Operation": "" }, { "KV-Operation": "PUT" }]
  for (const headers of others) {
    await requestOf(own, key, new Uint8Array(), headers, 1_000)
  }
  assert.deepEqual(told.filter(({ type }) => type === "gone"), [])
  const gone = until((change) => change.type === "gone" && change.node === "k-1")
  await requestOf(own, key, new Uint8Array(), { "KV-Operation": "DEL" }, 1_000)
  await gone
})
