/** Tests of snapshots in JetStream: the shared suite, and failures that must not stop an actor. */
import assert from "node:assert/strict"
import { after, before } from "node:test"
import { test } from "../../testing/test.ts"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { type NatsWire, natsWire } from "../../wire/internal.ts"
import { createAccount } from "../../testing/namespace.ts"
import { account, Deposited, storedEvent } from "../fixtures/account.ts"
import { provisionStreams } from "../../app/operations/provision-nats.ts"
import { Resident } from "../host/resident.ts"
import { decodeSnapshot, encodeSnapshot } from "../host/snapshot.ts"
import { snapshotsSuite } from "./snapshots.suite.ts"
import { natsSnapshots } from "./snapshots-nats.ts"

let wire: NatsWire

before(async () => {
  const natsUrl = await createAccount()
  wire = await natsWire({ url: natsUrl, name: "snapshots test" })
  await provisionStreams(wire, ["bank"])
})

after(() => wire.close())

/** The stream stores in order, so all snapshots from before this acknowledgement are stored. */
const written = async () => {
  await jetstream(wire.connection).publish("snp.bank.account.0.fence")
}

snapshotsSuite(() => Promise.resolve({ snapshots: natsSnapshots(wire), written }))

test("the stream holds one snapshot per actor, however many were written", async () => {
  const snapshots = natsSnapshots(wire)
  for (let each = 0; each < 10; each++) snapshots.write("bank.account", "many", Uint8Array.of(each))
  await written()
  const { streams } = await jetstreamManager(wire.connection, { checkAPI: false })
  const { state } = await streams.info("bank_snapshots", { subjects_filter: "snp.*.*.*.many" })
  assert.deepEqual(Object.values(state.subjects ?? {}), [1])
})

test("a snapshot comes back with the commands that it remembers", async () => {
  const snapshots = natsSnapshots(wire)
  const resident = new Resident({ open: true, balance: 7 })
  const events = Array.from(
    { length: 100 },
    (_, each) => storedEvent(Deposited({ amount: 1 }), `c-${each}`),
  )
  resident.advance({ base: 0, ancestors: [], events, sequence: 5 }, resident.state)
  // The client library may hand out a part of a larger buffer, at any offset.
  for (let each = 0; each < 20; each++) {
    const id = "x".repeat(each + 1)
    snapshots.write("bank.account", id, encodeSnapshot(account, resident)!)
    await written()
    const bytes = await snapshots.read("bank.account", id)
    const restored = decodeSnapshot(account, bytes!)
    assert.ok(restored)
    assert.equal(restored.resident.remembered.size, 100)
    assert.deepEqual(restored.resident.remembered.get("c-42"), resident.remembered.get("c-42"))
  }
})

test("a snapshot that no message can hold is dropped, and the connection lives on", async () => {
  const snapshots = natsSnapshots(wire)
  snapshots.write("bank.account", "large", new Uint8Array(wire.maxPayload() + 1))
  snapshots.write("bank.account", "small", Uint8Array.of(1))
  await written()
  assert.equal(await snapshots.read("bank.account", "large"), undefined)
  assert.equal((await snapshots.read("bank.account", "small"))?.length, 1)
})

test("without a stream there is no snapshot, and no failure", async () => {
  const snapshots = natsSnapshots(wire)
  snapshots.write("nowhere.account", "a-1", Uint8Array.of(1))
  await written()
  assert.equal(await snapshots.read("nowhere.account", "a-1"), undefined)
})
