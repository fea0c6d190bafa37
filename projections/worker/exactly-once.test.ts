/** Tests that every event counts once in its view, whatever happens to the workers. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import type { Positions } from "../../contracts/internal.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { ownPostgres } from "../../testing/own-servers.ts"
import { Boxes, BoxList, Emptied, Put, Removed, SharedList } from "../fixtures/boxes.ts"
import { readFrom, type Scope } from "../log/feed.suite.ts"
import type { Feed } from "../log/feed.ts"
import { postgresStore } from "../postgres/store-postgres.ts"
import { startProjections } from "./runner.ts"
import type { Store } from "../store/store.ts"
import { announced, sameAsLog } from "../fixtures/working.ts"
import { type Entry, natsWrittenLog, wireOf } from "../fixtures/written-log.ts"

const MESSAGES = 4_000

/** Pseudo-random numbers below a bound, the same in every run. */
const numbers = (seed: number) => {
  let state = seed
  return (bound: number) => {
    state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0
    return (state >>> 0) % bound
  }
}

const events = (count: number): Entry[] => {
  const random = numbers(7)
  return Array.from({ length: count }, () => {
    // Rare, because removing a row also removes any mistake in it.
    const kind = random(100)
    const event = kind === 0 ? Removed() : kind < 10 ? Emptied() : Put({ count: random(9) })
    return { contract: Boxes, id: `b-${random(200)}`, event }
  })
}

const opened = async (scope: Scope, databaseUrl?: string) => {
  const namespace = await createNamespace()
  const wire = await wireOf(scope, namespace.natsUrl)
  const store = postgresStore(databaseUrl ?? namespace.databaseUrl)
  scope.after(() => store.close())
  return { wire, store, ...await natsWrittenLog(wire, ["boxes"]) }
}

/** The store; calls back after this many saves. */
const counting = (store: Store, saves: number, reached: () => void): Store => ({
  ...store,
  save: async (...given) => {
    const saved = await store.save(...given)
    if (--saves === 0) reached()
    return saved
  },
})

test("a runner that is stopped and started many times counts each event once", async (t) => {
  const { wire, store, feed, write } = await opened(t)
  const all = events(MESSAGES)
  const random = numbers(3)
  for (let round = 0; round < 40; round++) {
    const from = MESSAGES / 40 * round
    let enough = () => {}
    const saved = new Promise<void>((resolve) => enough = resolve)
    const running = startProjections({
      projections: [BoxList],
      feed: { ...feed, open: (after) => smallBatches(feed, after, 1 + random(30)) },
      store: counting(store, 1 + random(3), enough),
      wire,
    })
    await write(all.slice(from, from + MESSAGES / 40))
    await saved
    await running.stop()
  }
  const done = announced(wire, BoxList, { boxes: MESSAGES })
  const running = startProjections({ projections: [BoxList], feed, store, wire })
  await done
  await running.stop()
  await sameAsLog(store, BoxList, await readFrom(feed, { boxes: 0 }, MESSAGES))
})

const smallBatches = async (
  feed: Feed,
  after: Positions,
  most: number,
) => {
  const reader = await feed.open(after)
  return { ...reader, next: (asked: number) => reader.next(Math.min(most, asked)) }
}

test("two runners of one projection count each event once between them", async (t) => {
  const { wire, store, feed, write } = await opened(t)
  // Each takes itself for the only worker, so only the fence decides which one can write. Their
  // batches differ, so that neither can mistake the other's checkpoint for its own.
  const alone: Store = { ...store, beat: (member) => Promise.resolve([member]) }
  const runners = [13, 20].map((most) =>
    startProjections({
      projections: [SharedList],
      feed: { ...feed, open: (after) => smallBatches(feed, after, most) },
      store: alone,
      wire,
    })
  )
  const done = announced(wire, SharedList, { boxes: MESSAGES })
  const all = events(MESSAGES)
  for (let from = 0; from < MESSAGES; from += 500) await write(all.slice(from, from + 500))
  await done
  for (const { health } of runners) assert.equal(health()[0]?.failure, undefined)
  await Promise.all(runners.map(({ stop }) => stop()))
  await sameAsLog(store, SharedList, await readFrom(feed, { boxes: 0 }, MESSAGES))
})

test("a Postgres that is killed while views are written loses and repeats nothing", async (t) => {
  const server = await ownPostgres(t)
  const { wire, store, feed, write } = await opened(t, server.url)
  await write(events(MESSAGES))
  const done = announced(wire, BoxList, { boxes: MESSAGES })
  let saves = 0
  let restarting = Promise.resolve()
  const killed: Store = {
    ...store,
    save: (...given) => {
      const saving = store.save(...given)
      if (++saves % 40 === 0 && saves <= 80) {
        restarting = restarting.then(() => server.kill()).then(() => server.restart())
      }
      return saving
    },
  }
  const running = startProjections({
    projections: [BoxList],
    feed: { ...feed, open: (after) => smallBatches(feed, after, 25) },
    store: killed,
    wire,
  })
  await done
  await restarting
  await running.stop()
  assert.ok(saves > 80)
  await sameAsLog(store, BoxList, await readFrom(feed, { boxes: 0 }, MESSAGES))
})
