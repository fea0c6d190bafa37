/** Tests of the journal over JetStream: the shared suite, and what only a server can get wrong. */
import assert from "node:assert/strict"
import { after, before } from "node:test"
import { test } from "../../testing/test.ts"
import { DiscardPolicy, jetstreamManager } from "@nats-io/jetstream"
import { logsSubject, logSubject, type NatsWire, natsWire } from "../../wire/internal.ts"
import { createAccount } from "../../testing/namespace.ts"
import { ownNats } from "../../testing/own-servers.ts"
import { commitOf } from "../fixtures/account.ts"
import { type Appended, BrokenHistory, type Journal } from "./journal.ts"
import { journalSuite } from "./journal.suite.ts"
import { natsJournal } from "./journal-nats.ts"
import { provisionStreams } from "../../app/operations/provision-nats.ts"

let wire: NatsWire
let journal: Journal

before(async () => {
  const natsUrl = await createAccount()
  wire = await natsWire({ url: natsUrl, name: "journal test" })
  await provisionStreams(wire, ["bank"])
  journal = natsJournal(wire)
})

after(() => wire.close())

const append = (name: string, expected: number, commit: Uint8Array): Promise<Appended> =>
  new Promise((resolve) => journal.append(name, "a-1", expected, commit, 5_000, resolve))

journalSuite(() => Promise.resolve(journal))

test("without a stream nothing is stored and nothing can be read, fresh or not", async () => {
  const appended = await append("nowhere.account", 0, commitOf(0, [], "c-1"))
  assert.equal(appended.type, "refused")
  for (const fresh of [false, true]) {
    await assert.rejects(journal.tail("nowhere.account", "a-1", { fresh }), { _tag: "Unavailable" })
  }
  await assert.rejects(journal.commits("nowhere.account", [1]), { _tag: "Unavailable" })
})

test("a commit that no message can hold is refused, and the connection lives on", async () => {
  const appended = await append("bank.account", 0, new Uint8Array(wire.maxPayload() + 1))
  assert.equal(appended.type, "refused")
  assert.equal((await append("bank.account", 0, commitOf(0, [], "c-1"))).type, "stored")
})

test("streams cannot be purged, and making them again changes nothing", async () => {
  assert.deepEqual(await provisionStreams(wire, ["bank"]), [])
  const made = ["shop", "shop_snapshots", "shop_timers"]
  assert.deepEqual(await provisionStreams(wire, ["shop"]), made)
  const { streams } = await jetstreamManager(wire.connection, { checkAPI: false })
  await assert.rejects(streams.purge("shop"))
  await assert.rejects(streams.deleteMessage("bank", 1))
})

test("a commit that is missing before another is a broken history", async () => {
  const { streams } = await jetstreamManager(wire.connection, { checkAPI: false })
  await streams.add({ name: "holed", subjects: [logsSubject("holed")], allow_direct: true })
  for (const expected of [0, 1]) {
    await append("holed.account", expected, commitOf(expected, [], `c-${expected}`))
  }
  await streams.deleteMessage("holed", 1)
  await assert.rejects(journal.commits("holed.account", [1, 2]), (error) => {
    assert.ok(error instanceof BrokenHistory)
    assert.match(error.message, /commit at 1 of the stream holed/)
    return true
  })
})

test("a message that is written to a log by hand obeys the same expectations", async () => {
  const subject = logSubject("bank.account", "by-hand")
  wire.publish(subject, commitOf(0, [], "c-1"))
  await wire.connection.flush()
  const appended = await new Promise<Appended>((resolve) =>
    journal.append("bank.account", "by-hand", 0, commitOf(0, [], "c-2"), 5_000, resolve)
  )
  assert.deepEqual(appended, { type: "conflict" })
})

test("a full stream refuses commits, and is in trouble until it takes them again", async () => {
  const natsUrl = await createAccount()
  const own = await natsWire({ url: natsUrl, name: "journal test, full" })
  try {
    const { streams } = await jetstreamManager(own.connection, { checkAPI: false })
    const name = "full"
    const subjects = ["evt.full.>"]
    await streams.add({ name, subjects, max_bytes: 1, discard: DiscardPolicy.New })
    const full = natsJournal(own)
    const append = () =>
      new Promise<Appended>((resolve) =>
        full.append("full.account", "a-1", 0, commitOf(0, [], "c-1"), 5_000, resolve)
      )
    const refused = await append()
    assert.equal(refused.type, "refused")
    assert.match(JSON.stringify(refused), /maximum bytes exceeded: its stream is full/)
    assert.match(
      full.troubles().join(),
      /^the log full has taken no commits for 0 s: maximum bytes/,
    )
    await streams.update(name, { max_bytes: -1 })
    assert.equal((await append()).type, "stored")
    assert.deepEqual(full.troubles(), [])
  } finally {
    await own.close()
  }
})

test("there is a warning for an account that has used most of its storage", async (t) => {
  const users = [{ user: "a", password: "a" }]
  const limits = { max_file: 1_000_000, max_mem: 0 }
  const nats = await ownNats(t, { config: { accounts: { a: { users, jetstream: limits } } } })
  const own = await natsWire({ url: nats.url.replace("//", "//a:a@"), name: "journal test" })
  try {
    assert.deepEqual(await natsJournal(own).warnings(), [])
    const { streams } = await jetstreamManager(own.connection, { checkAPI: false })
    await streams.add({ name: "other", subjects: ["other"], max_bytes: 900_000 })
    const warnings = await natsJournal(own).warnings()
    assert.deepEqual(warnings, [
      "90 % of the storage that NATS gives this account is used or reserved",
    ])
  } finally {
    await own.close()
  }
})

test("after the connection is closed, appends are unknown and reads unavailable", async () => {
  const natsUrl = await createAccount()
  const closed = await natsWire({ url: natsUrl, name: "journal test, closed" })
  const orphan = natsJournal(closed)
  await closed.close()
  const appended = await new Promise<Appended>((resolve) =>
    orphan.append("bank.account", "a-1", 0, commitOf(0, [], "c-1"), 5_000, resolve)
  )
  assert.deepEqual(appended, { type: "unknown", reason: "disconnected" })
  await assert.rejects(orphan.tail("bank.account", "a-1", { fresh: true }), { _tag: "Unavailable" })
})
