/** Tests of what counts as a log that was lost while it was in use. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { test } from "../../testing/test.ts"
import type { LogMessage } from "../../wire/internal.ts"
import { Unavailable } from "../../contracts/internal.ts"
import { PRESENCE } from "../limits.ts"
import { LogPresence } from "./log-presence.ts"

const message = (sequence: number, time = sequence): LogMessage => ({
  ...{ subject: "evt.bank.account.1.a", sequence, time, payload: new Uint8Array() },
})

/** A log that a test changes, and what is known of it. */
const begin = (scope: TestContext, count: number) => {
  for (const method of ["error", "log"] as const) scope.mock.method(console, method, () => {})
  const log = { messages: Array.from({ length: count }, (_, at) => message(at + 1)), away: false }
  const read = <A>(value: () => A) =>
    log.away ? Promise.reject(new Unavailable({ message: "no leader" })) : Promise.resolve(value())
  const presence = new LogPresence("bank", {
    last: () => read(() => log.messages.at(-1)),
    at: (sequence) => read(() => log.messages.find((each) => each.sequence === sequence)),
  })
  const look = async (times = 1) => {
    for (let time = 0; time < times; time++) await presence.look()
    return presence.lost
  }
  return { log, look }
}

test("a log that grows, or was always empty, is as it was", async (t) => {
  const empty = begin(t, 0)
  assert.equal(await empty.look(5), undefined)
  const { log, look } = begin(t, 3)
  for (let sequence = 4; sequence < 10; sequence++) {
    log.messages.push(message(sequence))
    assert.equal(await look(), undefined)
  }
})

test("a log that is gone, cut or another one is lost, and may come back", async (t) => {
  const others: readonly (readonly [LogMessage[], RegExp])[] = [
    [[], /^the log of bank is missing or empty, but this process has read it up to bank:3: /],
    [
      [message(1), message(2)],
      /^the log of bank ends at bank:2, but .*--begin-again bank and rest/,
    ],
    [[message(1), message(2), message(3, 9)], /has another message at bank:3/],
    [[1, 2, 3, 4, 5].map((sequence) => message(sequence, 90)), /has another message at bank:3/],
  ]
  for (const [messages, text] of others) {
    const { log, look } = begin(t, 3)
    const before = log.messages
    await look()
    log.messages = messages
    assert.equal(await look(PRESENCE.misses - 1), undefined, "a leader may be behind")
    assert.match(await look() ?? "", text)
    log.messages.push(message(50))
    assert.notEqual(await look(3), undefined)
    log.messages = [...before, message(4)]
    assert.equal(await look(), undefined)
  }
})

test("an outage, and a leader that is behind for a moment, are no loss", async (t) => {
  const { log, look } = begin(t, 3)
  await look()
  const { messages } = log
  for (let time = 0; time < 5; time++) {
    log.messages = messages.slice(0, 2)
    await look(PRESENCE.misses - 1)
    log.messages = messages
    assert.equal(await look(), undefined)
  }
  log.away = true
  assert.equal(await look(10), undefined)
})
