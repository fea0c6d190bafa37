/** The feed over JetStream: the suite, and faults of a server and a connection. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { jetstreamManager } from "@nats-io/jetstream"
import { nanos } from "nats"
import { createAccount } from "../../testing/namespace.ts"
import { ownNats } from "../../testing/own-servers.ts"
import { boxes, feedSuite, range, readFrom, readOn, type Scope, sequencesOf } from "./feed.suite.ts"
import { FEED_BYTES, FEED_MESSAGES } from "../limits.ts"
import { natsFeed } from "./feed-nats.ts"
import type { Feed, FeedMessage } from "./feed.ts"
import { Boxes, Put } from "../fixtures/boxes.ts"
import { isFailure } from "../../contracts/internal.ts"
import { logSubject, type NatsWire } from "../../wire/internal.ts"
import { entries, natsWrittenLog, wireOf } from "../fixtures/written-log.ts"

const namespaced = async (scope: Scope) => {
  const wire = await wireOf(scope, await createAccount())
  return { wire, ...await natsWrittenLog(wire, ["boxes", "labels"]) }
}

feedSuite(namespaced)

const consumersOf = async (wire: NatsWire): Promise<string[]> => {
  const { consumers } = await jetstreamManager(wire.connection)
  const names: string[] = []
  for await (const { name } of consumers.list("boxes")) names.push(name)
  return names
}

/** A wire that calls `note` with every message that it receives. */
const received = (wire: NatsWire, note: (payload: Uint8Array) => void): NatsWire =>
  Object.create(wire, {
    serve: {
      value: (...[subject, handler, queue]: Parameters<NatsWire["serve"]>) =>
        wire.serve(subject, (message) => {
          note(message.payload)
          handler(message)
        }, queue),
    },
  })

const unavailable = (error: unknown) => isFailure(error) && error._tag === "Unavailable"

/** Reads as a worker does: after `Unavailable` it opens the log again behind the last message. */
const readThrough = async (feed: Feed, count: number, note: (read: number) => void) => {
  const read: FeedMessage[] = []
  while (read.length < count) {
    try {
      const reader = await feed.open({ boxes: read.length })
      while (read.length < count) {
        read.push(...await reader.next(500))
        note(read.length)
      }
      reader.close()
    } catch (error) {
      if (!unavailable(error)) throw error
    }
  }
  return read
}

test("a stream that was not provisioned is unavailable", async (t) => {
  const { feed } = await namespaced(t)
  await assert.rejects(feed.stream("elsewhere"), unavailable)
  await assert.rejects(feed.open({ boxes: 0, elsewhere: 0 }), unavailable)
})

test("a reader whose consumer is deleted goes on where it was", async (t) => {
  const { wire, feed, write } = await namespaced(t)
  await write(boxes(100))
  const reader = await feed.open({ boxes: 0 })
  const read = await readOn(reader, 100)
  const { consumers } = await jetstreamManager(wire.connection)
  for (const name of await consumersOf(wire)) await consumers.delete("boxes", name)
  await write(boxes(100))
  read.push(...await readOn(reader, 100))
  reader.close()
  assert.deepEqual(sequencesOf(read), range(1, 200))
})

test("a reader whose consumer was deleted while it was busy goes on where it was", async (t) => {
  const { wire, feed, write } = await namespaced(t)
  await write(boxes(3 * FEED_MESSAGES))
  const reader = await feed.open({ boxes: 0 })
  const read = [...await reader.next(1)]
  const { consumers } = await jetstreamManager(wire.connection)
  for (const name of await consumersOf(wire)) await consumers.delete("boxes", name)
  read.push(...await readOn(reader, 3 * FEED_MESSAGES - 1))
  reader.close()
  assert.deepEqual(sequencesOf(read), range(1, 3 * FEED_MESSAGES))
})

test("the consumer of a reader that has closed is soon forgotten by the server", async (t) => {
  const { wire, feed, write } = await namespaced(t)
  await write(boxes(10))
  await readFrom(feed, { boxes: 0 }, 10)
  const { consumers } = await jetstreamManager(wire.connection)
  const [name, ...others] = await consumersOf(wire)
  const { config } = await consumers.info("boxes", name!)
  assert.deepEqual(others, [])
  assert.equal(config.durable_name, undefined)
  assert.ok(config.inactive_threshold! <= nanos(15_000))
  assert.ok(config.mem_storage)
})

test("a reader that takes nothing holds no more than its bounds", async (t) => {
  const { wire } = await namespaced(t)
  const text = new Uint8Array(500_000)
  const count = Math.floor(3 * FEED_BYTES / text.length)
  for (const _ of range(1, count)) wire.connection.publish(logSubject(Boxes.name, "b"), text)
  await wire.connection.flush()
  let bytes = 0
  const counting = received(wire, (payload) => bytes += payload.length)
  const reader = await natsFeed(counting).open({ boxes: 0 })
  const [first] = await reader.next(1)
  assert.equal(first?.sequence, 1)
  await wire.connection.flush()
  const held = bytes
  assert.ok(held <= FEED_BYTES + text.length, `${held} bytes`)
  const read = await readOn(reader, count - 1, 5)
  assert.equal(read.at(-1)?.sequence, count)
  assert.equal(bytes, count * text.length)
  reader.close()
})

test("a stream that is made anew while it is read is an error, not a gap", async (t) => {
  const { wire, write } = await namespaced(t)
  await write(boxes(2 * FEED_MESSAGES))
  let count = 0
  let fill = () => {}
  const full = new Promise<void>((resolve) => fill = resolve)
  const reader = await natsFeed(received(wire, () => ++count === FEED_MESSAGES && fill()))
    .open({ boxes: 0 })
  t.after(() => reader.close())
  await full
  // The reader's buffer is full, so it asks for no more and does not notice at once.
  const read = [...await reader.next(1)]
  const { streams } = await jetstreamManager(wire.connection)
  await streams.delete("boxes")
  const { write: writeAgain } = await natsWrittenLog(wire, ["boxes"], ["boxes"])
  await writeAgain(boxes(2 * FEED_MESSAGES))
  const reading = async () => {
    while (read.length < 2 * FEED_MESSAGES) read.push(...await reader.next(1_000))
  }
  await assert.rejects(reading, /created again/)
  assert.deepEqual(sequencesOf(read), range(1, FEED_MESSAGES))
})

test("a server that goes and comes back is read on, each message once and in order", async (t) => {
  const server = await ownNats(t)
  const wire = await wireOf(t, server.url)
  const { feed, write } = await natsWrittenLog(wire, ["boxes"])
  const count = 30_000
  await write(boxes(count))
  let restarts: Promise<void> | undefined
  const read = await readThrough(feed, 2 * count, (soFar) => {
    if (soFar < 5_000 || restarts) return
    restarts = server.restart().then(async () => {
      const back = await wireOf(t, server.url)
      const { write: writeMore } = await natsWrittenLog(back, ["boxes"])
      await writeMore(boxes(count))
    })
  })
  await restarts
  assert.deepEqual(sequencesOf(read), range(1, 2 * count))
})

test("a reader that waits survives a killed server", async (t) => {
  const server = await ownNats(t)
  const wire = await wireOf(t, server.url)
  const { feed, write } = await natsWrittenLog(wire, ["boxes"])
  await write(boxes(5))
  const reader = await feed.open({ boxes: 5 })
  const next = reader.next(10)
  await server.kill()
  await server.restart()
  const { write: writeMore } = await natsWrittenLog(await wireOf(t, server.url), ["boxes"])
  await writeMore(entries(Boxes, "b", Put({ count: 1 })))
  const [message] = await next.catch(() => readFrom(feed, { boxes: 5 }, 1))
  assert.equal(message?.sequence, 6)
  reader.close()
})
