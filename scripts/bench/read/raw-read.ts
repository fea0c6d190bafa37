/** The floors of the read side: reading and decoding the log, and writing the same rows. */
import { AckPolicy, DeliverPolicy, jetstreamManager } from "@nats-io/jetstream"
import { connect } from "nats"
import postgres from "postgres"
import { sliceOf } from "../../../wire/address.ts"
import { decodeOwn } from "../../../wire/codec.ts"
import { REFERENCE } from "../account.ts"
import { serveOrders } from "../worker.ts"
import { shapesOf } from "./deposits.ts"

const PULL = 4_000
const BATCH = 1_000
const LANES = 4

/** A measurement that is ready to start. */
type Prepared = () => Promise<void>

/** Reads messages through a consumer without acknowledgements, and decodes each. */
const consume = async (url: string, messages: number): Promise<Prepared> => {
  const nc = await connect({ servers: url.replace("nats://", ""), noAsyncTraces: true })
  const { consumers } = await jetstreamManager(nc)
  const { name } = await consumers.add("bench", {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.All,
    mem_storage: true,
  })
  const inbox = `_INBOX.raw.${name}`
  const pull = () =>
    nc.publish(
      `$JS.API.CONSUMER.MSG.NEXT.bench.${name}`,
      JSON.stringify({ batch: PULL, expires: 10_000_000_000 }),
      { reply: inbox },
    )
  let [count, asked] = [0, PULL]
  return () =>
    new Promise((resolve) => {
      nc.subscribe(inbox, {
        callback: (_error, message) => {
          if (message.data.length === 0) return
          decodeOwn("msgpack", message.data)
          if (++count === messages) return resolve()
          if (asked - count > PULL / 2) return
          asked += PULL
          pull()
        },
      })
      pull()
    })
}

const UPSERT = `
insert into floor (id, balance, deposits, reference)
select * from json_to_recordset($1::text::json)
  as row (id text, balance bigint, deposits bigint, reference text)
on conflict (id) do update set
  balance = excluded.balance, deposits = excluded.deposits, reference = excluded.reference`

/** The rows that each batch of deposits leaves, split by lane as a projection splits them. */
const batchesOf = (shape: number, events: number) => {
  const { accountOf } = shapesOf(events)[shape]!
  const balances = new Map<string, number>()
  const batches: Map<string, object>[][] = []
  for (let number = 0; number < events; number++) {
    if (number % BATCH === 0) batches.push(Array.from({ length: LANES }, () => new Map()))
    const id = accountOf(number)
    const balance = (balances.get(id) ?? 0) + 1
    balances.set(id, balance)
    const lane = Math.floor(sliceOf(id) / (256 / LANES))
    batches.at(-1)![lane]!.set(id, { id, balance, deposits: balance, reference: REFERENCE })
  }
  return batches
}

/** Writes these rows, with one statement in flight for each lane. */
const upsert = async (url: string, shape: number, events: number): Promise<Prepared> => {
  const sql = postgres(url, { max: LANES, fetch_types: false, onnotice: () => {} })
  await sql.unsafe(`drop table if exists floor; create table floor (
    id text primary key, balance bigint not null, deposits bigint not null,
    reference text not null)`)
  const batches = batchesOf(shape, events)
  return async () => {
    for (const lanes of batches) {
      await Promise.all(
        lanes.filter(({ size }) => size > 0).map((rows) =>
          sql.unsafe(UPSERT, [JSON.stringify([...rows.values()])], { prepare: true })
        ),
      )
    }
  }
}

await serveOrders(async ({ natsUrl, databaseUrl, shape, events }) => {
  const prepared = [
    ...natsUrl ? [await consume(String(natsUrl), Number(events))] : [],
    ...databaseUrl ? [await upsert(String(databaseUrl), Number(shape), Number(events))] : [],
  ]
  const started = performance.now()
  await Promise.all(prepared.map((run) => run()))
  return { tookMs: performance.now() - started }
}, () => Promise.resolve())
