/** Deposits through castore and its Postgres adapter. */
import { serveDeposits } from "./deposits.ts"
import { peerPackage } from "./peer-package.ts"

interface Aggregate {
  readonly aggregateId: string
  readonly version: number
  readonly balance: number
}

interface Deposited {
  readonly aggregateId: string
  readonly version: number
  readonly type: "DEPOSITED"
  readonly payload: { readonly amount: number; readonly reference: string }
}

interface Store {
  getAggregate(
    id: string,
  ): Promise<{ readonly aggregate: Aggregate | undefined }>
  pushEvent(event: Deposited): Promise<unknown>
}

interface Input {
  readonly aggregateId: string
  readonly amount: number
  readonly reference: string
}

type Handler = (input: Input, stores: readonly [Store]) => Promise<void>

interface Castore {
  readonly EventType: new (options: { type: string }) => object
  readonly EventStore: new (options: {
    readonly eventStoreId: string
    readonly eventTypes: readonly object[]
    readonly reducer: (
      aggregate: Aggregate | undefined,
      event: Deposited,
    ) => Aggregate
    readonly eventStorageAdapter: object
  }) => Store
  readonly Command: new (options: {
    readonly commandId: string
    readonly requiredEventStores: readonly [Store]
    readonly handler: Handler
  }) => { readonly handler: Handler }
}

interface CastorePostgres {
  readonly PostgresEventStorageAdapter: {
    new (options: { connectionString: string }): object
    createEventTable(options: object): Promise<unknown>
  }
}

const { Command, EventStore, EventType } = await peerPackage<Castore>(
  "@castore/core",
)
const { PostgresEventStorageAdapter } = await peerPackage<CastorePostgres>(
  "@castore/event-storage-adapter-postgres",
)

const storeOn = (connectionString: string): Store =>
  new EventStore({
    eventStoreId: "ACCOUNTS",
    eventTypes: [new EventType({ type: "DEPOSITED" })],
    reducer: (aggregate, { aggregateId, version, payload }) => ({
      aggregateId,
      version,
      balance: (aggregate?.balance ?? 0) + payload.amount,
    }),
    // The adapter has no option for its pool: postgres.js with 10 connections and pipelining.
    eventStorageAdapter: new PostgresEventStorageAdapter({ connectionString }),
  })

/** With its own defaults, it retries conflicts twice, at once. */
const commandOn = (store: Store) =>
  new Command({
    commandId: "DEPOSIT",
    requiredEventStores: [store],
    handler: async ({ aggregateId, amount, reference }, [accounts]) => {
      const { aggregate } = await accounts.getAggregate(aggregateId)
      if (amount <= 0) throw new Error("not positive")
      const version = (aggregate?.version ?? 0) + 1
      const payload = { amount, reference }
      await accounts.pushEvent({
        aggregateId,
        version,
        type: "DEPOSITED",
        payload,
      })
    },
  })

await serveDeposits(async (url) => {
  await PostgresEventStorageAdapter.createEventTable({
    connectionString: url,
    aggregateId: { type: "VARCHAR", length: 64 },
  })
  const store = storeOn(url)
  const command = commandOn(store)
  return {
    deposit: (aggregateId, amount, reference) =>
      command.handler({ aggregateId, amount, reference }, [store]),
    // The adapter cannot be closed; its connections end with this process.
    close: () => Promise.resolve(),
  }
})
