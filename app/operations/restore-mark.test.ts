/** Tests of interrupted and killed restores: what they leave, and how the next one continues. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { jetstream } from "@nats-io/jetstream"
import type { TestScope } from "../../testing/temporary-folder.ts"
import { logSubject } from "../../wire/internal.ts"
import { library } from "../fixtures/library.ts"
import { readBackup } from "./backup.ts"
import { archived, connected, streamNames, STREAMS } from "./fixtures/archive.ts"
import { checkRestored, restore, type Target } from "./fixtures/restored.ts"
import { provisionStreams } from "./provision-nats.ts"
import { marked } from "./restore-mark.ts"

const opened = async (t: TestScope) => [await archived(t), await connected(t)] as const

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

/** Marks streams as a restore that was killed leaves them. */
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

test("a restore continues after one that was killed", async (t) => {
  const [backup, target] = await opened(t)
  const { id } = await readBackup(backup.folder, library)
  await restore(target, backup.folder)
  const created = async () =>
    await Promise.all(STREAMS.map(async (name) => (await target.streams.info(name)).created))
  const first = await created()

  // Killed while it removed its marks: all streams are there, so the next restore opens them.
  await killed(target, { library_timers: "whole", "letter-box_timers": "whole" }, id)
  await assert.rejects(
    provisionStreams(target.wire, library.contexts),
    /has not ended: run leftfold/,
  )
  await restore(target, backup.folder)
  await checkRestored(target, backup)
  assert.deepEqual(await created(), first)

  // The same with another backup: a stream without a mark belongs to somebody.
  await killed(target, { library_timers: "whole", "letter-box_timers": "whole" }, "another")
  await assert.rejects(restore(target, backup.folder), /are of a restore of another backup/)
  assert.deepEqual(await created(), first)
  await killed(target, { library_timers: "making" }, id)
  await assert.rejects(restore(target, backup.folder), /nothing was restored/)
  assert.deepEqual(await created(), first)

  // Killed in the middle: streams with a mark are removed, and all are made again.
  await target.streams.delete("letter-box_timers")
  await killed(target, { library: "making", "letter-box": "making", library_timers: "making" }, "x")
  const said = await restore(target, backup.folder)
  assert.equal(said.filter((line) => line.includes("what an earlier restore has left")).length, 3)
  await checkRestored(target, backup)
  const again = await created()
  assert.ok(again.every((time, index) => time !== first[index]))
})

test("a log takes no writes during a restore", async (t) => {
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
