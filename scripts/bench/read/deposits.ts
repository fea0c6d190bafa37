/** A log of deposits, one event per commit: the account of each one, and how the log is filled. */
import { encodeCommit } from "../../../wire/commit.ts"
import { logSubject } from "../../../wire/address.ts"
import type { NatsWire } from "../../../wire/nats/wire-nats.ts"
import { requestOf } from "../../../wire/wire.ts"
import { Accounts, REFERENCE } from "../account.ts"

/** How deposits are spread over accounts. */
export interface Shape {
  readonly name: string
  readonly events: number
  /** The account of a deposit, by its number. */
  readonly accountOf: (number: number) => string
}

const IN_FLIGHT = 1_024
const WITHIN_MS = 30_000

/** Scatters numbers evenly, in the same way each time. */
const scattered = (number: number, most: number): number =>
  (Math.imul(number + 1, 0x9e3779b1) >>> 0) % most

/** One row per account, ten updates per row in random order, and one row for all. */
export const shapesOf = (events: number): readonly Shape[] => [
  { name: "a row per actor, inserts only", events, accountOf: (number) => `a-${number}` },
  {
    name: "10 updates per row, random",
    events,
    accountOf: (number) => `b-${scattered(number, Math.ceil(events / 10))}`,
  },
  { name: "one hot row", events, accountOf: () => "hot" },
]

/** The commit of a deposit; `base` is how many events the account has before it. */
export const commitOf = (number: number, base: number): Uint8Array => {
  const event = Accounts.events.Deposited({ amount: 1, reference: REFERENCE })
  const command = `deposit-${number.toString().padStart(10, "0")}-0000-0000-000000000000`
  const stored = { ...Accounts.codec.plain(event), command, time: Date.now() }
  return encodeCommit({ base, ancestors: [], events: [stored] })
}

/** Stores one deposit; resolves when it is acknowledged. */
export const deposit = (
  wire: NatsWire,
  account: string,
  number: number,
  base: number,
): Promise<number> =>
  requestOf(wire, logSubject(Accounts.name, account), commitOf(number, base), {}, WITHIN_MS)
    .then((reply) => {
      const ack = reply.type === "reply" && JSON.parse(new TextDecoder().decode(reply.payload))
      if (ack && typeof ack.seq === "number") return ack.seq
      throw new Error(`a deposit was not stored: ${reply.type} ${JSON.stringify(ack)}`)
    })

/** Fills the log. */
export const fill = async (wire: NatsWire, { events, accountOf }: Shape): Promise<void> => {
  let next = 0
  const bases = new Map<string, number>()
  const lane = async () => {
    while (next < events) {
      const number = next++
      const account = accountOf(number)
      const base = bases.get(account) ?? 0
      bases.set(account, base + 1)
      await deposit(wire, account, number, base)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
}
