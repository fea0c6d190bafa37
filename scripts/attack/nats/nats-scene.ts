/** What attacks over NATS have in common: connections as a user, and what the server has stored. */
import { RawNats, textOf } from "./raw-nats.ts"
import type { Scene } from "../attack-case.ts"
import { pause } from "../../../wire/internal.ts"

/** A nats-server and the passwords of its users. */
export interface NatsPlace {
  readonly port: number
  readonly passwords: Readonly<Record<string, string>>
}

/** That of the shop of `npm start`, which lets everybody in as a caller. */
export const openPlace = ({ victim }: Scene): NatsPlace => ({
  port: victim.ports.nats,
  passwords: victim.passwords,
})

/** That of the shop where all have passwords. */
export const guardedPlace = async ({ guarded }: Scene): Promise<NatsPlace> => {
  const { ports, passwords } = await guarded()
  return { port: ports.nats, passwords }
}

/** Does something on a connection, as a user or as nobody, and closes it. */
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
 * What all streams hold, one line each: of logs, snapshots and timers how many messages there were
 * ever, of buckets how many keys and watchers there are.
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

/** The same once nothing has changed for a while. */
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

/** What has changed between two looks; undefined when nothing has. */
export const changeOf = (
  before: readonly string[],
  after: readonly string[],
): string | undefined => {
  const changed = after.filter((line) => !before.includes(line))
  if (changed.length > 0) return changed.join("; ")
  return before.length === after.length ? undefined : "a stream is gone"
}
