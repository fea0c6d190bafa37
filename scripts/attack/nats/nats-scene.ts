/** Shared by attacks over NATS: connections as a user, and a look at what the server has stored. */
import { RawNats, textOf } from "./raw-nats.ts"
import type { Scene } from "../attack-case.ts"
import { pause } from "../../../wire/internal.ts"

/** A nats-server and the passwords of its users. */
export interface NatsPlace {
  readonly port: number
  readonly passwords: Readonly<Record<string, string>>
}

/** The nats-server of `npm start`, which accepts everybody as a caller. */
export const openPlace = ({ victim }: Scene): NatsPlace => ({
  port: victim.ports.nats,
  passwords: victim.passwords,
})

/** The nats-server of the guarded shop, where every user has a password. */
export const guardedPlace = async ({ guarded }: Scene): Promise<NatsPlace> => {
  const { ports, passwords } = await guarded()
  return { port: ports.nats, passwords }
}

/** Does the work on a connection, as a user or without one, and then closes it. */
export const withNats = async <Result>(
  { port, passwords }: NatsPlace,
  user: string | undefined,
  work: (nats: RawNats) => Promise<Result>,
): Promise<Result> => {
  const given = user === undefined ? {} : { user, pass: passwords[user] }
  const nats = await RawNats.connect(port, given)
  try {
    return await work(nats)
  } finally {
    nats.close()
  }
}

interface StreamInfo {
  readonly config: { readonly name: string }
  readonly state: {
    readonly messages: number
    readonly last_seq: number
    readonly consumer_count: number
  }
}

/**
 * The contents of all streams, one line each: how many messages a log, a snapshot stream or a timer
 * stream holds and ever held, and how many keys and watchers a bucket has.
 */
export const storedIn = (place: NatsPlace): Promise<readonly string[]> =>
  withNats(place, "admin", async (nats) => {
    const asked = { subject: "$JS.API.STREAM.LIST", payload: "{}" }
    const answer = await nats.request(asked, 5_000, "_INBOX_admin")
    const { streams = [] } = JSON.parse(answer ? textOf(answer) : "{}") as {
      readonly streams?: readonly StreamInfo[]
    }
    return streams.map(({ config: { name }, state }) =>
      name.startsWith("KV_")
        ? `${name}: ${state.messages} keys, ${state.consumer_count} watchers`
        : `${name}: ${state.messages} of ${state.last_seq}, ${state.consumer_count} consumers`
    ).sort()
  })

/** The same, once nothing has changed for a while. */
export const settledIn = async (place: NatsPlace): Promise<readonly string[]> => {
  const end = performance.now() + 8_000
  let before = await storedIn(place)
  for (;;) {
    await pause(300)
    const now = await storedIn(place)
    if (now.join() === before.join() || performance.now() > end) return now
    before = now
  }
}

/** The lines that have changed between two looks; undefined when none has. */
export const changeOf = (
  before: readonly string[],
  after: readonly string[],
): string | undefined => {
  const changed = after.filter((line) => !before.includes(line))
  if (changed.length > 0) return changed.join("; ")
  return before.length === after.length ? undefined : "a stream is gone"
}
