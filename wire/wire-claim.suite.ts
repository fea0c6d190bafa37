/** Shared by the claims about every wire. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import type { Reply, Wire } from "./wire.ts"
import { NO_HEADERS, requestOf } from "./wire.ts"

const utf8 = new TextEncoder()
/** A text as bytes. */
export const bytes = (text: string): Uint8Array => utf8.encode(text)
/** Bytes as a text. */
export const text = (payload: Uint8Array): string => new TextDecoder().decode(payload)
/** The text of an answer, or the reason why no answer came. */
export const answered = (reply: Reply): string =>
  reply.type === "reply" ? text(reply.payload) : reply.type

/** Calls back and remembers: `until` resolves once it was called this many times. */
export const collector = <T>() => {
  const all: T[] = []
  let check = () => {}
  return {
    all,
    add: (each: T): void => {
      all.push(each)
      check()
    },
    until: (count: number): Promise<T[]> =>
      new Promise((resolve) => {
        check = () => {
          if (all.length >= count) resolve(all)
        }
        check()
      }),
  }
}

/** Asks with a text. */
export const ask = (wire: Wire, subject: string, payload = "", timeoutMs = 5_000): Promise<Reply> =>
  requestOf(wire, subject, bytes(payload), NO_HEADERS, timeoutMs)

/** Resolves when everything that was sent before has arrived. */
export const settled = async (wire: Wire): Promise<void> => {
  const subject = wire.inbox()
  const { close } = wire.serve(subject, (message) => message.respond(message.payload))
  assert.equal(answered(await ask(wire, subject, "settled")), "settled")
  close()
}

/** Makes a new wire for a test. */
export type Make = () => Promise<Wire>

/** A test of one claim, on a wire that is closed afterwards. */
export const claim = (title: string, make: Make, check: (wire: Wire) => Promise<void>) =>
  test(title, async () => {
    const wire = await make()
    try {
      await check(wire)
    } finally {
      await wire.close()
    }
  })
