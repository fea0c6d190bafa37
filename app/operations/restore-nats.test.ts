/** Tests of restores on real servers: everything or nothing, and only what was asked for. */
import assert from "node:assert/strict"
import { copyFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { test } from "../../testing/test.ts"
import type { StreamConfig } from "@nats-io/jetstream"
import { jetstream } from "@nats-io/jetstream"
import { until } from "../../testing/until.ts"
import { ownCluster } from "../../testing/own-cluster.ts"
import type { TestScope } from "../../testing/temporary-folder.ts"
import { messageOf } from "../../contracts/internal.ts"
import { logSubject } from "../../wire/internal.ts"
import { library } from "../fixtures/library.ts"
import { makeBackup } from "./backup.ts"
import { archived, connected, copyOf, forge, POLICY, streamNames } from "./fixtures/archive.ts"
import { checkRestored, restore, type Target } from "./fixtures/restored.ts"
import { compareStreams, provisionStreams } from "./provision-nats.ts"
import { logStreamOf } from "./stream-settings-nats.ts"

const opened = async (t: TestScope) => [await archived(t), await connected(t)] as const

test("a restore brings back the streams of the backup, and the timers fire", async (t) => {
  const [backup, target] = await opened(t)
  assert.deepEqual(await restore(target, backup.folder), [])
  await checkRestored(target, backup)
  // One timer is due now or soon, the other in an hour.
  const wanted = ["tmr.letter-box.at.reminders.late", "tmr.letter-box.due.reminders.soon"]
  await until(async () => {
    const { state } = await target.streams.info("letter-box_timers", { subjects_filter: ">" })
    return Object.keys(state.subjects ?? {}).sort().join() === wanted.join()
  })
})

test("an existing stream is never touched", async (t) => {
  const [backup, target] = await opened(t)
  const mine = logStreamOf("letter-box", {}) as unknown as StreamConfig
  const { created } = await target.streams.add(mine)
  await jetstream(target.wire.connection).publish(logSubject("letter-box.letter", "a"), "mine")
  await assert.rejects(restore(target, backup.folder), /already: letter-box \(1 messages\)\. What/)
  const leftovers = restore(target, backup.folder, { removeLeftovers: true })
  await assert.rejects(leftovers, /already: letter-box \(1 messages\)\. What exists is never/)
  assert.deepEqual(await streamNames(target), ["letter-box"])
  const now = await target.streams.info("letter-box")
  assert.deepEqual([now.created, now.state.messages], [created, 1])
})

test("empty streams and snapshots of lost logs are removed only when asked for", async (t) => {
  const [backup, target] = await opened(t)
  await provisionStreams(target.wire, library.contexts)
  await jetstream(target.wire.connection).publish("snp.library.loan.1.a", "of a log that is gone")
  const before = await streamNames(target)
  await assert.rejects(
    restore(target, backup.folder),
    /library_snapshots \(1 messages\).*remove-left/,
  )
  assert.deepEqual(await streamNames(target), before)
  const said = await restore(target, backup.folder, { removeLeftovers: true })
  assert.ok(said.includes("removing library_snapshots: 1 messages"), said.join("\n"))
  await provisionStreams(target.wire, library.contexts)
  assert.equal((await target.streams.info("library_snapshots")).state.messages, 0)
  assert.equal((await target.streams.info("library")).state.messages, 150)
})

const HOSTILE = {
  deny_delete: false,
  deny_purge: false,
  max_age: 1_000_000_000,
  max_msgs_per_subject: 1,
  max_msgs: 10,
  max_bytes: 2_000,
  discard: "old",
  republish: { src: ">", dest: "stolen.>" },
  sources: [{ name: "other" }],
  subject_transform: { src: ">", dest: "elsewhere.>" },
  subjects: ["evt.>"],
  sealed: true,
  allow_rollup_hdrs: true,
}

test("restored streams get the application's settings, and differences are reported", async (t) => {
  const [backup, target] = await opened(t)
  await forge(backup.folder, ({ streams }) => Object.assign(streams[0]!.settings, HOSTILE))
  const said = await restore(target, backup.folder)
  for (const setting of Object.keys(HOSTILE)) {
    assert.ok(said.some((line) => line.startsWith(`library: ${setting} was `)), setting)
  }
  assert.equal(said.length, Object.keys(HOSTILE).length)
  await checkRestored(target, backup)
})

const WRONG: Record<string, readonly [(folder: string) => Promise<unknown>, RegExp]> = {
  "the file of another stream": [async (folder) => {
    const path = (name: string) => join(folder, name, "stream.tar.s2")
    await copyFile(path("letter-box"), path("library"))
    await forge(folder, ({ streams }) => streams[0]!.state = streams[1]!.state)
  }, /50 of 50 messages in library are of another stream/],
  "the timers of another context": [async (folder) => {
    const path = (name: string) => join(folder, name, "stream.tar.s2")
    await copyFile(path("letter-box_timers"), path("library_timers"))
    await forge(folder, ({ streams }) => streams[2]!.state = streams[3]!.state)
  }, /library_timers holds tmr\.letter-box\..*, which is of another stream/],
  "more messages than there are": [
    (folder) => forge(folder, ({ streams }) => streams[1]!.state.messages++),
    /letter-box has messages 50 after its restore, and 51 in the backup/,
  ],
  "another last sequence": [
    (folder) => forge(folder, ({ streams }) => streams[0]!.state.last_seq++),
    /library has last_seq 150 after its restore, and 151/,
  ],
  "other bytes": [
    (folder) => forge(folder, ({ streams }) => streams[3]!.state.bytes--),
    /letter-box_timers has bytes/,
  ],
}

/** What a restore that must fail says. */
const refusal = (target: Target, folder: string): Promise<string> =>
  restore(target, folder).then(() => "it was restored", messageOf)

test("a restore that differs from its manifest is removed", async (t) => {
  const [backup, target] = await opened(t)
  for (const [what, [forgery, message]] of Object.entries(WRONG)) {
    const copy = await copyOf(t, backup.folder)
    await forgery(copy)
    const said = [await refusal(target, copy), await refusal(target, copy)]
    for (const each of said) {
      assert.match(each, message, `${what}: ${each}`)
      assert.match(each, /nothing was restored, and .* is removed/, `${what}: ${each}`)
    }
    assert.deepEqual(await streamNames(target), [], what)
  }
  await restore(target, backup.folder)
  await checkRestored(target, backup)
})

test("consumers that the application does not have are not restored", async (t) => {
  const source = await archived(t, 20)
  const { consumers } = source
  const stranger = {
    durable_name: "stranger",
    deliver_subject: "stolen",
    ack_policy: "none",
  } as const
  await consumers.add("library", stranger)
  await consumers.add("library", { ack_policy: "none", inactive_threshold: 6e10 } as const)
  const folder = join(source.folder, "..", "again")
  await makeBackup(source.wire, library, folder)
  const target = await connected(t)
  assert.deepEqual(await restore(target, folder), ["library: without the consumers stranger"])
  const names = []
  for await (const { name } of target.consumers.list("library")) names.push(name)
  assert.deepEqual(names, [POLICY.durable_name])

  await consumers.delete("library", POLICY.durable_name!)
  await consumers.add("library", { ...POLICY, filter_subject: "evt.library.nothing.>" })
  const drained = join(source.folder, "..", "drained")
  await makeBackup(source.wire, library, drained)
  const other = await connected(t)
  await assert.rejects(restore(other, drained), /policy_letter-box_reminders of library is not as/)
  assert.deepEqual(await streamNames(other), [])
})

test("a backup of an earlier version is restored with unchecked, and then checked", async (t) => {
  const [backup, target] = await opened(t)
  for (const file of ["backup.json", "backup.json.sha256"]) await rm(join(backup.folder, file))
  const swapped = await copyOf(t, backup.folder)
  for (const file of ["backup.json", "stream.tar.s2"]) {
    await copyFile(join(swapped, "letter-box", file), join(swapped, "library", file))
  }
  await assert.rejects(restore(target, swapped, { unchecked: true }), /messages in library are of/)
  assert.deepEqual(await streamNames(target), [])
  await restore(target, backup.folder, { unchecked: true })
  await checkRestored(target, backup)
})

test("a backup of one server can be restored to three", async (t) => {
  const backup = await archived(t)
  const cluster = await ownCluster(t)
  const target = await connected(t, cluster.url)
  const wrong = await copyOf(t, backup.folder)
  await forge(wrong, ({ streams }) => streams[1]!.state.messages++)
  await assert.rejects(restore(target, wrong, { replicas: 3 }), /letter-box has messages 50/)
  assert.deepEqual(await streamNames(target), [])
  await restore(target, backup.folder, { replicas: 3 })
  const { config, cluster: where } = await target.streams.info("library")
  assert.deepEqual([config.num_replicas, where?.replicas?.length], [3, 2])
  const differing = await compareStreams(target.wire, library.contexts, { replicas: 3 })
  assert.deepEqual(differing.filter(({ missing }) => !missing), [])
})
