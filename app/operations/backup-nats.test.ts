/** Tests that a backup brings back the same streams, on real servers. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream"
import { natsWire } from "../../wire/internal.ts"
import { createAccount } from "../../testing/namespace.ts"
import { backupStream, restoreStream, stateOf } from "./backup-nats.ts"
import { provisionStreams } from "./provision-nats.ts"

/** A log in an account of its own, with the given number of messages of one kilobyte. */
const opened = async (t: { after(work: () => Promise<void>): void }, messages = 0) => {
  const natsUrl = await createAccount()
  const wire = await natsWire({ url: natsUrl, name: "backup test" })
  t.after(() => wire.close())
  const manager = await jetstreamManager(wire.connection, { checkAPI: false })
  if (messages > 0) await provisionStreams(wire, ["bank"])
  const js = jetstream(wire.connection)
  // Random bytes cannot be compressed.
  for (let each = 0; each < messages; each++) {
    const payload = crypto.getRandomValues(new Uint8Array(1_024))
    await js.publish(`evt.bank.account.${each % 7}.a-${each}`, payload)
  }
  return { wire, ...manager }
}

async function* several(parts: readonly Uint8Array[]) {
  yield* parts
}

test("a restored stream is a new one with all messages and consumers", async (t) => {
  const { wire, streams, consumers } = await opened(t, 500)
  await consumers.add("bank", { durable_name: "policy", ack_policy: AckPolicy.Explicit })
  const parts: Uint8Array[] = []
  const backedUp = await backupStream(wire, "bank", async (part) => void parts.push(part.slice()))
  assert.equal(backedUp.state.last_seq, 500)
  assert.ok(parts.length > 2, `${parts.length} parts`)

  const before = await streams.info("bank")
  const other = await opened(t)
  await restoreStream(other.wire, "bank", backedUp, several(parts))
  const { created, config, state } = await other.streams.info("bank")
  assert.deepEqual([config, state], [before.config, before.state])
  assert.notEqual(created, before.created)
  for (const seq of [1, 250, 500]) {
    const [one, same] = await Promise.all(
      [streams, other.streams].map((each) => each.getMessage("bank", { seq })),
    )
    assert.deepEqual([same?.subject, same?.data], [one?.subject, one?.data])
  }
  assert.equal((await other.consumers.info("bank", "policy")).name, "policy")
  assert.equal((await stateOf(other.wire, "bank")).last_seq, 500)
})

test("a restore refuses to replace an existing stream", async (t) => {
  const { wire } = await opened(t, 1)
  const parts: Uint8Array[] = []
  const backedUp = await backupStream(wire, "bank", async (part) => void parts.push(part.slice()))
  await assert.rejects(
    restoreStream(wire, "bank", backedUp, several(parts)),
    /the stream bank cannot be restored: .*in use/,
  )
})

test("a backup fails when it cannot be written, and when the stream does not exist", async (t) => {
  const { wire } = await opened(t, 1)
  await assert.rejects(
    backupStream(wire, "bank", () => Promise.reject(new Error("the disk is full"))),
    /the disk is full/,
  )
  await assert.rejects(
    backupStream(wire, "nowhere", () => Promise.resolve()),
    /the stream nowhere cannot be backed up: stream not found/,
  )
})

test("half a backup restores no stream", async (t) => {
  const { wire } = await opened(t, 500)
  const parts: Uint8Array[] = []
  const backedUp = await backupStream(wire, "bank", async (part) => void parts.push(part.slice()))
  const other = await opened(t)
  await assert.rejects(restoreStream(other.wire, "bank", backedUp, several(parts.slice(0, 1))))
  await assert.rejects(other.streams.info("bank"), /not found/)
})
