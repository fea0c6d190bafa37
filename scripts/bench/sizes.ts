/** The sizes of a deposit's messages on the wire, so that the floor's messages are as large. */
import { connect, type Msg, type NatsConnection } from "nats"
import { createClient } from "../../wire/client/client.ts"
import { natsWire } from "../../wire/nats/wire-nats.ts"
import { Accounts, REFERENCE } from "./account.ts"

/** Sizes in bytes. */
export interface Sizes {
  /** Headers of a command. */
  readonly headerBytes: number
  /** Fields of a command. */
  readonly payloadBytes: number
  /** A commit, without its events. */
  readonly head: number
  /** Each event in a commit. */
  readonly event: number
  /** Headers and payload of the answer to an accepted command. */
  readonly answerHeader: number
  readonly answer: number
  /** The same for a rejected one. */
  readonly refusalHeader: number
  readonly refusal: number
}

const headersOf = ({ headers }: Msg): number => {
  if (!headers) return 0
  let bytes = "NATS/1.0\r\n\r\n".length
  for (const [name, values] of headers) bytes += name.length + (values[0]?.length ?? 0) + 4
  return bytes
}

const next = (nc: NatsConnection, subject: string): Promise<Msg> =>
  new Promise((resolve) => {
    nc.subscribe(subject, { max: 1, callback: (_error, message) => resolve(message) })
  })

/** Lets a host decide a few deposits, and measures the messages. */
export const measureSizes = async (url: string): Promise<Sizes> => {
  const nc = await connect({ servers: url.replace("nats://", "") })
  const wire = await natsWire({ url, name: "bench sizes", inboxPrefix: "_INBOX_sizes" })
  const client = createClient(wire)
  const deposit = async (id: string, amount: number) => {
    const command = next(nc, `cmd.bench.account.${id}.Deposit`)
    const commit = next(nc, "evt.bench.account.>")
    const answer = next(nc, "_INBOX_sizes.>")
    await nc.flush()
    await client.ask(Accounts, id, Accounts.commands.Deposit({ amount, reference: REFERENCE }))
    return { command: await command, answer: await answer, commit }
  }
  const first = await deposit("size-00000001", 1)
  const commit = await first.commit
  const refused = await deposit("size-00000002", 0)
  await Promise.all([wire.close(), nc.close()])
  const head = "base ancestors events".length + 6
  return {
    headerBytes: headersOf(first.command),
    payloadBytes: first.command.data.length,
    head,
    event: commit.data.length - head,
    answerHeader: headersOf(first.answer),
    answer: first.answer.data.length,
    refusalHeader: headersOf(refused.answer),
    refusal: refused.answer.data.length,
  }
}
