/** Tests of restores on real servers: everything or nothing, and only what was asked for. */
import assert from "node:assert/strict"
import { copyFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import type { StreamConfig } from "@nats-io/jetstream"
import { jetstream } from "@nats-io/jetstream"
import { ownCluster } from "../../testing/own-cluster.ts"
import type { TestScope } from "../../testing/temporary-folder.ts"
import { logSubject } from "../../wire/internal.ts"
import { library } from "../fixtures/library.ts"
import { readBackup } from "./backup.ts"
import {
  archived,
  connected,
  copyOf,
  forge,
  POLICY,
  streamNames,
  STREAMS,
} from "./fixtures/archive.ts"
import { compareStreams, provisionStreams } from "./provision-nats.ts"
import { marked, markOf } from "./restore-mark.ts"
import { restoreBackup, type RestoreOptions } from "./restore-nats.ts"
import { logStreamOf } from "./stream-settings-nats.ts"

type Target = Awaited<ReturnType<typeof connected>>

const restore = async (
  { wire }: Target,
  folder: string,
  options: RestoreOptions & { readonly unchecked?: boolean } = {},
): Promise<string[]> => {
  const said: string[] = []
  const backup = await readBackup(folder, library, options)
  await restoreBackup(wire, library, backup, { say: (line) => said.push(line), ...options })
  return said
}

/** That a restore is as its backup, and as the application makes its streams. */
const checkRestored = async (
  target: Target,
  { manifest, streams, consumers }: Awaited<ReturnType<typeof archived>>,
): Promise<void> => {
  const missing = (await compareStreams(target.wire, library.contexts))
    .map(({ stream, settings }) => [stream, settings])
  assert.deepEqual(missing, [
    ["library_snapshots", []],
    ["letter-box_snapshots", []],
    ["KV_leftfold_nodes", []],
  ])
  for (const { name, kind, state } of manifest.streams) {
    const { config, state: now } = await target.streams.info(name)
    assert.equal(config.max_bytes, -1)
    assert.equal(markOf({ ...config }), undefined)
    if (kind === "timers") continue
    assert.deepEqual([now.messages, now.bytes, now.last_seq], [
      state.messages,
      state.bytes,
      state.last_seq,
    ])
    for (const seq of [1, state.last_seq]) {
      const [one, other] = await Promise.all([
        streams.getMessage(name, { seq }),
        target.streams.getMessage(name, { seq }),
      ])
      assert.deepEqual([other?.subject, other?.data], [one?.subject, one?.data])
    }
  }
  const [was, is] = await Promise.all([
    consumers.info("library", POLICY.durable_name!),
    target.consumers.info("library", POLICY.durable_name!),
  ])
  assert.deepEqual([is.config.filter_subject, is.ack_floor, is.delivered], [
    was.config.filter_subject,
    was.ack_floor,
    was.delivered,
  ])
}

const opened = async (t: TestScope) => [await archived(t), await connected(t)] as const

test("what is restored is what was backed up, and the timers fire", async (t) => {
  const [backup, target] = await opened(t)
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  assert.deepEqual(await restore(target, backup.folder), [])
  await checkRestored(target, backup)
  // One was due while nobody had it, one is due in an hour.
  const end = Date.now() + 10_000
  const subjects = async () => {
    const { state } = await target.streams.info("letter-box_timers", { subjects_filter: ">" })
    return Object.keys(state.subjects ?? {}).sort()
  }
  const wanted = ["tmr.letter-box.at.reminders.late", "tmr.letter-box.due.reminders.soon"]
  while (Date.now() < end && (await subjects()).join() !== wanted.join()) {
    await target.wire.connection.rtt()
  }
  assert.deepEqual(await subjects(), wanted)
})

test("what exists is never touched", async (t) => {
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

test("streams without a message, and snapshots of lost logs, go only when asked", async (t) => {
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

test("settings are the application's, whatever a backup says, and what differs is said", async (t) => {
  const [backup, target] = await opened(t)
  await forge(backup.folder, ({ streams }) => Object.assign(streams[0].settings, HOSTILE))
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
    await forge(folder, ({ streams }) => streams[0].state = streams[1].state)
  }, /50 of 50 messages in library are of another stream/],
  "the timers of another context": [async (folder) => {
    const path = (name: string) => join(folder, name, "stream.tar.s2")
    await copyFile(path("letter-box_timers"), path("library_timers"))
    await forge(folder, ({ streams }) => streams[2].state = streams[3].state)
  }, /library_timers holds tmr\.letter-box\..*, which is of another stream/],
  "more messages than there are": [
    (folder) => forge(folder, ({ streams }) => streams[1].state.messages++),
    /letter-box has messages 50 after its restore, and 51 in the backup/,
  ],
  "another last sequence": [
    (folder) => forge(folder, ({ streams }) => streams[0].state.last_seq++),
    /library has last_seq 150 after its restore, and 151/,
  ],
  "other bytes": [
    (folder) => forge(folder, ({ streams }) => streams[3].state.bytes--),
    /letter-box_timers has bytes/,
  ],
}

test("a restore that is not as its backup says is taken away again", async (t) => {
  const [backup, target] = await opened(t)
  for (const [what, [forgery, message]] of Object.entries(WRONG)) {
    const copy = await copyOf(t, backup.folder)
    await forgery(copy)
    await assert.rejects(restore(target, copy), message, what)
    await assert.rejects(restore(target, copy), /nothing was restored, and .* is removed/, what)
    assert.deepEqual(await streamNames(target), [], what)
  }
  await restore(target, backup.folder)
  await checkRestored(target, backup)
})

test("consumers that the application does not have are left out", async (t) => {
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
  const { makeBackup } = await import("./backup.ts")
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

test("a restore that is interrupted leaves nothing", async (t) => {
  const [backup, target] = await opened(t)
  for (const after of [0, 1, 3]) {
    const stop = new AbortController()
    let made = 0
    const wire = new Proxy(target.wire, {
      get: (whole, name) => {
        if (name !== "request") return Reflect.get(whole, name)
        const request: typeof whole.request = (subject, ...rest) => {
          if (subject.startsWith("$JS.API.STREAM.RESTORE") && made++ === after) {
            stop.abort(new Error("it was interrupted"))
          }
          whole.request(subject, ...rest)
        }
        return request
      },
    })
    const ran = restore({ ...target, wire }, backup.folder, { signal: stop.signal })
    await assert.rejects(ran, /it was interrupted: nothing was restored/)
    assert.equal(made, after + 1)
    assert.deepEqual(await streamNames(target), [])
  }
})

/** Makes the streams of a restore that was killed, with their marks. */
const killed = async (
  target: Target,
  phases: Readonly<Record<string, "making" | "whole">>,
  backup: string,
): Promise<void> => {
  for (const [name, phase] of Object.entries(phases)) {
    const { config } = await target.streams.info(name)
    const mark = { backup, run: "r", whole: phase === "whole" }
    await target.streams.update(name, marked(config, mark))
  }
}

test("a restore that was killed is taken up again", async (t) => {
  const [backup, target] = await opened(t)
  const { id } = await readBackup(backup.folder, library)
  await restore(target, backup.folder)
  const created = async () =>
    await Promise.all(STREAMS.map(async (name) => (await target.streams.info(name)).created))
  const first = await created()

  // While the marks were removed: all is there, so that it is only opened.
  await killed(target, { library_timers: "whole", "letter-box_timers": "whole" }, id)
  await assert.rejects(
    provisionStreams(target.wire, library.contexts),
    /has not ended: run leftfold/,
  )
  await restore(target, backup.folder)
  await checkRestored(target, backup)
  assert.deepEqual(await created(), first)

  // The same with another backup: what has no mark is somebody's.
  await killed(target, { library_timers: "whole", "letter-box_timers": "whole" }, "another")
  await assert.rejects(restore(target, backup.folder), /are of a restore of another backup/)
  assert.deepEqual(await created(), first)
  await killed(target, { library_timers: "making" }, id)
  await assert.rejects(restore(target, backup.folder), /nothing was restored/)
  assert.deepEqual(await created(), first)

  // In the middle: what has a mark goes, and all is made again.
  await target.streams.delete("letter-box_timers")
  await killed(target, { library: "making", "letter-box": "making", library_timers: "making" }, "x")
  const said = await restore(target, backup.folder)
  assert.equal(said.filter((line) => line.includes("what an earlier restore has left")).length, 3)
  await checkRestored(target, backup)
  const again = await created()
  assert.ok(again.every((time, index) => time !== first[index]))
})

test("nothing is written to a log while a restore is under way", async (t) => {
  const [backup, target] = await opened(t)
  const tried: string[] = []
  const publish = (id: string) =>
    jetstream(target.wire.connection).publish(logSubject("library.loan", id), "")
  const wire = new Proxy(target.wire, {
    get: (whole, name) => {
      if (name !== "request") return Reflect.get(whole, name)
      const request: typeof whole.request = async (subject, ...rest) => {
        if (subject === "$JS.API.STREAM.RESTORE.letter-box_timers") {
          tried.push(await publish("a").then(() => "stored", (error) => String(error)))
        }
        whole.request(subject, ...rest)
      }
      return request
    },
  })
  await restore({ ...target, wire }, backup.folder)
  assert.deepEqual(tried, ["JetStreamApiError: maximum bytes exceeded"])
  await publish("a")
})

test("a backup of an earlier version is restored when that is wanted, and checked after", async (t) => {
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

test("a backup of one server is restored to three", async (t) => {
  const backup = await archived(t)
  const cluster = await ownCluster(t)
  const target = await connected(t, cluster.url)
  const wrong = await copyOf(t, backup.folder)
  await forge(wrong, ({ streams }) => streams[1].state.messages++)
  await assert.rejects(restore(target, wrong, { replicas: 3 }), /letter-box has messages 50/)
  assert.deepEqual(await streamNames(target), [])
  await restore(target, backup.folder, { replicas: 3 })
  const { config, cluster: where } = await target.streams.info("library")
  assert.deepEqual([config.num_replicas, where?.replicas?.length], [3, 2])
  const differing = await compareStreams(target.wire, library.contexts, { replicas: 3 })
  assert.deepEqual(differing.filter(({ missing }) => !missing), [])
})
