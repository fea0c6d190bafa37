/** Deposits through emmett and its event store on Postgres. */
import { serveDeposits } from "./deposits.ts"
import { peerPackage } from "./peer-package.ts"

interface State {
  readonly balance: number
}

interface Deposited {
  readonly type: "Deposited"
  readonly data: { readonly amount: number; readonly reference: string }
}

interface Store {
  readonly schema: { migrate(): Promise<unknown> }
  close(): Promise<void>
}

interface Pool {
  end(): Promise<void>
}

interface Emmett {
  CommandHandler(options: {
    readonly initialState: () => State
    readonly evolve: (state: State, event: Deposited) => State
    readonly retry: { readonly onVersionConflict: true }
  }): (
    store: Store,
    id: string,
    decide: (state: State) => Deposited,
  ) => Promise<unknown>
}

interface EmmettPostgres {
  getPostgreSQLEventStore(
    url: string,
    options: { readonly connectionOptions: { readonly pool: Pool } },
  ): Store
}

interface Pg {
  readonly default: {
    readonly Pool: new (
      options: { connectionString: string; max: number },
    ) => Pool
  }
}

/** A command holds one from its read to its commit. 10 and 20 were fastest here, 64 slowest. */
const CONNECTIONS = 20

const { CommandHandler } = await peerPackage<Emmett>("@event-driven-io/emmett")
const postgres = await peerPackage<EmmettPostgres>(
  "@event-driven-io/emmett-postgresql",
)
const { default: pg } = await peerPackage<Pg>("pg")

const handle = CommandHandler({
  initialState: () => ({ balance: 0 }),
  evolve: ({ balance }, { data }) => ({ balance: balance + data.amount }),
  // Its defaults for conflicts: 3 retries, after 100, 150 and 225 ms.
  retry: { onVersionConflict: true },
})

const decide = (amount: number, reference: string) => (_state: State): Deposited => {
  if (amount <= 0) throw new Error("not positive")
  return { type: "Deposited", data: { amount, reference } }
}

await serveDeposits(async (url) => {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS })
  const store = postgres.getPostgreSQLEventStore(url, {
    connectionOptions: { pool },
  })
  await store.schema.migrate()
  return {
    deposit: (id, amount, reference) => handle(store, `account-${id}`, decide(amount, reference)),
    close: async () => {
      await store.close()
      await pool.end()
    },
  }
})
