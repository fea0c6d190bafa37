/** What every feed does; its memory twin and its driver both pass these tests. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { isFailure, type Positions } from "../../contracts/internal.ts"
import { Boxes, Labels, Put, Stuck } from "../fixtures/boxes.ts"
import type { Feed, FeedMessage, FeedReader } from "./feed.ts"
import { entries, type Entry, type WrittenLog } from "../fixtures/written-log.ts"

/** Registers what a test cleans up. */
export interface Scope {
  after(work: () => Promise<void>): void
}

/** `count` boxes with one thing in each. */
export const boxes = (count: number): Entry[] =>
  Array.from({ length: count }, (_, index) => ({
    contract: Boxes,
    id: `b-${index}`,
    event: Put({ count: index }),
  }))

/** Reads until there are `count` messages, and closes. */
export const readFrom = async (
  feed: Feed,
  after: Positions,
  count: number,
  most = 1_000,
): Promise<FeedMessage[]> => {
  const reader = await feed.open(after)
  const read = await readOn(reader, count, most)
  reader.close()
  return read
}

/** Reads until there are `count` messages. */
export const readOn = async (reader: FeedReader, count: number, most = 1_000) => {
  const read: FeedMessage[] = []
  while (read.length < count) read.push(...await reader.next(most))
  return read
}

/** The numbers from the first up to and including the last. */
export const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** The sequences of messages. */
export const sequencesOf = (messages: readonly FeedMessage[]) =>
  messages.map(({ sequence }) => sequence)

/** Runs the suite; `open` makes a log with the contexts `boxes` and `labels`, both empty. */
export const feedSuite = (open: (scope: Scope) => Promise<WrittenLog>): void => {
  test("the end of a log is where its last message is", async (t) => {
    const { feed, write } = await open(t)
    assert.equal(await feed.last("boxes"), 0)
    await write(boxes(3))
    assert.equal(await feed.last("boxes"), 3)
    assert.equal(await feed.last("labels"), 0)
  })

  test("the log is read in order, with what its messages are", async (t) => {
    const { feed, write } = await open(t)
    await write(boxes(3))
    const read = await readFrom(feed, { boxes: 0 }, 3)
    assert.deepEqual(sequencesOf(read), [1, 2, 3])
    assert.deepEqual(read.map(({ subject }) => subject.split(".")[4]), ["b-0", "b-1", "b-2"])
    assert.deepEqual(new Set(read.map(({ context }) => context)), new Set(["boxes"]))
    assert.ok(read.every(({ time }) => Number.isInteger(time) && time > 1e12))
  })

  test("it can be read after any position", async (t) => {
    const { feed, write } = await open(t)
    await write(boxes(20))
    for (const after of [0, 1, 7, 19]) {
      const read = await readFrom(feed, { boxes: after }, 20 - after)
      assert.deepEqual(sequencesOf(read), range(after + 1, 20))
    }
  })

  test("at most as many come as were asked for", async (t) => {
    const { feed, write } = await open(t)
    await write(boxes(10))
    const reader = await feed.open({ boxes: 0 })
    const sizes: number[] = []
    const read: FeedMessage[] = []
    while (read.length < 10) {
      const some = await reader.next(3)
      sizes.push(some.length)
      read.push(...some)
    }
    reader.close()
    assert.ok(sizes.every((size) => size >= 1 && size <= 3), String(sizes))
    assert.deepEqual(sequencesOf(read), range(1, 10))
  })

  test("several contexts are read side by side, each in its order", async (t) => {
    const { feed, write } = await open(t)
    const stuck = range(1, 40).map((text) => Stuck({ box: "b", text: String(text) }))
    await write([...boxes(50), ...entries(Labels, "l", ...stuck)])
    const read = await readFrom(feed, { boxes: 10, labels: 0 }, 80, 7)
    for (const [context, first, last] of [["boxes", 11, 50], ["labels", 1, 40]] as const) {
      const ours = read.filter((message) => message.context === context)
      assert.deepEqual(sequencesOf(ours), range(first, last))
    }
  })

  test("a reader waits until something comes", async (t) => {
    const { feed, write } = await open(t)
    await write(boxes(1))
    const reader = await feed.open({ boxes: 1 })
    let came = false
    const next = reader.next(10).then((messages) => {
      came = true
      return messages
    })
    await feed.stream("boxes")
    assert.equal(came, false)
    await write(boxes(1))
    assert.deepEqual(sequencesOf(await next), [2])
    reader.close()
  })

  test("closing ends a reader that waits, and every later read", async (t) => {
    const { feed } = await open(t)
    const reader = await feed.open({ boxes: 0 })
    const next = reader.next(10)
    reader.close()
    reader.close()
    assert.deepEqual(await next, [])
    assert.deepEqual(await reader.next(10), [])
  })

  test("a stream says when it was created and how far it goes", async (t) => {
    const { feed, write } = await open(t)
    const empty = await feed.stream("boxes")
    assert.equal(empty.last, 0)
    await write(boxes(4))
    assert.deepEqual(await feed.stream("boxes"), { created: empty.created, last: 4 })
  })

  test("any message can be read by itself, and one that is not there is not found", async (t) => {
    const { feed, write } = await open(t)
    await write(boxes(4))
    const read = await readFrom(feed, { boxes: 0 }, 4)
    const { payload, ...message } = await feed.at("boxes", 3)
    const { payload: same, ...third } = read[2]!
    assert.deepEqual(message, third)
    assert.deepEqual(new Uint8Array(payload), new Uint8Array(same))
    for (const sequence of [5, 99]) {
      await assert.rejects(
        feed.at("boxes", sequence),
        (error) => isFailure(error) && error._tag === "NotFound",
      )
    }
  })

  test("20,000 messages come once each and in order", async (t) => {
    const { feed, write } = await open(t)
    await write(boxes(20_000))
    const read = await readFrom(feed, { boxes: 0 }, 20_000, 2_000)
    assert.deepEqual(sequencesOf(read), range(1, 20_000))
  })
}
