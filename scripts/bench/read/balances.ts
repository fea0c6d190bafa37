/** The view of the benchmarks: the balance of each account. */
import { Schema } from "effect"
import { Projection } from "leftfold/projections"
import { Accounts } from "../account.ts"

/** One row per account. */
export const Balances = Projection.define("bench.balances", {
  from: [Accounts],
  row: {
    id: Schema.String,
    balance: Schema.Int,
    deposits: Schema.Int,
    reference: Schema.String,
  },
  key: "id",
  on: {
    Deposited: (row, { amount, reference }, { id }) => ({
      id,
      balance: (row?.balance ?? 0) + amount,
      deposits: (row?.deposits ?? 0) + 1,
      reference,
    }),
  },
})
