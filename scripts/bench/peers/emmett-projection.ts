/** The balances of accounts by emmett's own asynchronous projection, and its speed. */
import postgres from "postgres"
import { serveOrders } from "../worker.ts"
import { peerPackage } from "./peer-package.ts"

interface Deposited {
  readonly type: "Deposited"
  readonly data: { readonly amount: number; readonly reference: string }
}

interface Balance {
  readonly balance: number
  readonly deposits: number
}

interface Store {
  readonly schema: { migrate(): Promise<unknown> }
  appendToStream(name: string, events: readonly Deposited[]): Promise<unknown>
  close(): Promise<void>
}

interface Consumer {
  projector(options: object): unknown
  start(): Promise<void>
  close(): Promise<void>
}

interface EmmettPostgres {
  getPostgreSQLEventStore(url: string): Store
  pongoSingleStreamProjection(options: {
    readonly collectionName: string
    readonly canHandle: readonly string[]
    readonly initialState: () => Balance
    readonly evolve: (balance: Balance, event: Deposited) => Balance
  }): object
  postgreSQLEventStoreConsumer(options: {
    readonly connectionString: string
    readonly stopWhen: { readonly noMessagesLeft: true }
    readonly pulling: { readonly batchSize: number }
  }): Consumer
}

const UPDATES = 10
const AT_ONCE = 10
/** Larger batches were not faster here. */
const BATCH = 500

const { getPostgreSQLEventStore, pongoSingleStreamProjection, postgreSQLEventStoreConsumer } =
  await peerPackage<EmmettPostgres>("@event-driven-io/emmett-postgresql")

const balances = pongoSingleStreamProjection({
  collectionName: "balances",
  canHandle: ["Deposited"],
  initialState: () => ({ balance: 0, deposits: 0 }),
  evolve: ({ balance, deposits }, { data }) => ({
    balance: balance + data.amount,
    deposits: deposits + 1,
  }),
})

const fill = async (url: string, events: number, reference: string): Promise<void> => {
  const store = getPostgreSQLEventStore(url)
  await store.schema.migrate()
  const deposits = Array.from({ length: UPDATES }, (): Deposited => ({
    type: "Deposited",
    data: { amount: 1, reference },
  }))
  let next = 0
  const append = async () => {
    while (next < events / UPDATES) await store.appendToStream(`account-${next++}`, deposits)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, append))
  await store.close()
}

/** How many events the documents hold. */
const projected = async (url: string): Promise<number> => {
  const sql = postgres(url, { max: 1 })
  const [row] = await sql<{ count: number }[]>`
    select coalesce(sum((data->>'deposits')::int), 0)::int as count from balances`
  await sql.end()
  return row?.count ?? 0
}

await serveOrders(async (order) => {
  const { url, events, reference } = order as unknown as Record<"url" | "reference", string> & {
    events: number
  }
  await fill(url, events, reference)
  const consumer = postgreSQLEventStoreConsumer({
    connectionString: url,
    stopWhen: { noMessagesLeft: true },
    pulling: { batchSize: BATCH },
  })
  consumer.projector({ processorId: "balances", projection: balances })
  const started = performance.now()
  await consumer.start()
  const tookMs = performance.now() - started
  await consumer.close()
  return { tookMs, projected: await projected(url) }
}, () => Promise.resolve())
