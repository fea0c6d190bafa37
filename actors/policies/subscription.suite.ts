/** What all subscriptions do: the suite that their twins share. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import type { LogMessage } from "../../wire/internal.ts"
import { tick } from "../fixtures/bank.ts"
import type { Subscriber, Subscriptions } from "./subscription.ts"

/** What the suite runs on: a log of the context `bank`, and a way to append to it. */
export interface SubscriptionFixture {
  readonly subscriptions: Subscriptions
  /** Appends a message to the log of an account, and resolves to its sequence. */
  readonly append: (id: string) => Promise<number>
}

/** Collects the messages of a subscriber, and resolves when enough have come. */
class Collector {
  readonly sequences: number[] = []
  #wanted: { count: number; resolve: () => void } | undefined

  take(message: LogMessage): void {
    this.sequences.push(message.sequence)
    if (this.#wanted && this.sequences.length >= this.#wanted.count) this.#wanted.resolve()
  }

  until(count: number): Promise<void> {
    if (this.sequences.length >= count) return Promise.resolve()
    return new Promise((resolve) => this.#wanted = { count, resolve })
  }
}

const idOf = ({ subject }: LogMessage): string => subject.slice(subject.lastIndexOf(".") + 1)

const subscribe = async (
  { subscriptions }: SubscriptionFixture,
  name: string,
  handle: Subscriber["handle"],
  start: "beginning" | "now" = "beginning",
) => await subscriptions.subscribe({ name, context: "bank", start, handle })

/** Asks until the lag is this; it may need a moment. */
export const lagBecomes = async (lag: () => Promise<number>, wanted: number): Promise<void> => {
  const until = Date.now() + 10_000
  for (let at = await lag(); at !== wanted; at = await lag()) {
    assert.ok(Date.now() < until, `the lag is ${at}, not ${wanted}`)
    await tick()
  }
}

type Open = () => Promise<SubscriptionFixture>

const positions = (open: Open) => {
  test("a subscriber starts with the first message and goes on with new ones", async () => {
    const fixture = await open()
    const seen = new Collector()
    const early = [await fixture.append("a-1"), await fixture.append("a-2")]
    const reader = await subscribe(fixture, "policy.all", (message) => {
      seen.take(message)
      return Promise.resolve(true)
    })
    await seen.until(2)
    const late = await fixture.append("a-3")
    await seen.until(3)
    reader.close()
    assert.deepEqual(seen.sequences.slice(0, 3).toSorted((a, b) => a - b), [...early, late])
  })

  test("a subscriber that starts now gets no earlier message, and all later ones", async () => {
    const fixture = await open()
    await fixture.append("a-1")
    const seen = new Collector()
    const handle = (message: LogMessage) => {
      seen.take(message)
      return Promise.resolve(true)
    }
    const reader = await subscribe(fixture, "policy.now", handle, "now")
    const second = await fixture.append("a-1")
    await seen.until(1)
    reader.close()
    const third = await fixture.append("a-1")
    const again = await subscribe(fixture, "policy.now", handle, "now")
    await seen.until(2)
    again.close()
    assert.deepEqual(seen.sequences, [second, third])
  })

  test("the position outlives the reader, and a later start does not change it", async () => {
    const fixture = await open()
    const first = await fixture.append("a-1")
    const seen = new Collector()
    const handle = (message: LogMessage) => {
      seen.take(message)
      return Promise.resolve(true)
    }
    const reader = await subscribe(fixture, "policy.durable", handle)
    await seen.until(1)
    // The next message of the same actor is handed out after the first one was settled.
    const second = await fixture.append("a-1")
    await seen.until(2)
    const third = await fixture.append("a-1")
    await seen.until(3)
    reader.close()
    const fourth = await fixture.append("a-1")
    const again = await subscribe(fixture, "policy.durable", handle, "now")
    await seen.until(4)
    again.close()
    assert.deepEqual(seen.sequences.slice(0, 3), [first, second, third])
    assert.equal(seen.sequences.at(-1), fourth)
    assert.ok(
      !seen.sequences.slice(3).includes(first),
      "a message that is done does not come again",
    )
  })

  test("two subscribers whose names differ in a dash and a dot both get everything", async () => {
    const fixture = await open()
    const [one, two] = [new Collector(), new Collector()]
    const readers = [
      await subscribe(fixture, "policy.a.b-c", (message) => {
        one.take(message)
        return Promise.resolve(true)
      }),
      await subscribe(fixture, "policy.a-b.c", (message) => {
        two.take(message)
        return Promise.resolve(true)
      }),
    ]
    const sequences = [await fixture.append("a-1"), await fixture.append("a-1")]
    await Promise.all([one.until(2), two.until(2)])
    for (const reader of readers) reader.close()
    assert.deepEqual([one.sequences, two.sequences], [sequences, sequences])
  })
}

const bounds = (open: Open) => {
  test("hundreds of messages that are not done hold up no other, and are counted", async () => {
    const fixture = await open()
    const stuck = 300
    for (let index = 0; index < stuck; index++) await fixture.append(`stuck-${index}`)
    await fixture.append("free")
    let finish = () => {}
    const finished = new Promise<void>((resolve) => finish = resolve)
    let reached = () => {}
    const free = new Promise<void>((resolve) => reached = resolve)
    const reader = await subscribe(fixture, "policy.bounds", async (message) => {
      if (idOf(message) === "free") reached()
      else await finished
      return true
    })
    await free
    assert.ok(await reader.lag() >= stuck)
    const isRead = (name: string) => fixture.subscriptions.isRead(name, ["elsewhere", "bank"])
    assert.deepEqual([await isRead("policy.bounds"), await isRead("policy.none")], [true, false])
    finish()
    await lagBecomes(reader.lag, 0)
    reader.close()
    await until(async () => !(await isRead("policy.bounds")))
  })
}

const orders = (open: Open) => {
  test("messages of one actor come one after another, those of others concurrently", async () => {
    const fixture = await open()
    const slow = [await fixture.append("slow"), await fixture.append("slow")]
    const quick = [await fixture.append("quick"), await fixture.append("quick")]
    const seen = new Collector()
    let finish = () => {}
    const finished = new Promise<void>((resolve) => finish = resolve)
    let running = 0
    const reader = await subscribe(fixture, "policy.order", async (message) => {
      if (idOf(message) === "slow") {
        assert.equal(++running, 1, "one message of an actor at a time")
        await finished
        running--
      }
      seen.take(message)
      return true
    })
    await seen.until(2)
    assert.deepEqual(seen.sequences, quick, "the slow actor holds up nobody else")
    finish()
    await seen.until(4)
    reader.close()
    assert.deepEqual(seen.sequences, [...quick, ...slow])
  })

  test("a message that is given back comes again, and holds up no later one", async () => {
    const fixture = await open()
    const first = await fixture.append("a-1")
    const second = await fixture.append("a-1")
    const seen = new Collector()
    let times = 0
    const reader = await subscribe(fixture, "policy.back", (message) => {
      seen.take(message)
      return Promise.resolve(message.sequence === second || ++times === 3 ? true : "elsewhere")
    })
    await seen.until(4)
    await lagBecomes(reader.lag, 0)
    reader.close()
    assert.deepEqual(seen.sequences, [first, second, first, first])
  })

  test("a message that is not done comes again to the next reader, before later ones", async () => {
    const fixture = await open()
    const first = await fixture.append("a-1")
    const other = await fixture.append("a-2")
    const seen = new Collector()
    let started = () => {}
    let leave = () => {}
    const starts = new Promise<void>((resolve) => started = resolve)
    const left = new Promise<void>((resolve) => leave = resolve)
    const reader = await subscribe(fixture, "policy.undone", async (message) => {
      if (message.sequence === other) return true
      started()
      await left
      return false
    })
    await starts
    reader.close()
    leave()
    const second = await fixture.append("a-1")
    await tick()
    const again = await subscribe(fixture, "policy.undone", (message) => {
      if (idOf(message) === "a-1") seen.take(message)
      return Promise.resolve(true)
    })
    await seen.until(2)
    again.close()
    assert.deepEqual(seen.sequences, [first, second])
  })
}

/** Runs the suite; `open` gives an empty log each time. */
export const subscriptionSuite = (open: Open): void => {
  describe("positions", () => positions(open))
  describe("orders", () => orders(open))
  describe("bounds", () => bounds(open))
}
