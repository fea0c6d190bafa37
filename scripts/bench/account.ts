/** The actor of the benchmarks: deposits into accounts, as small as an actor can usefully be. */
import { Schema } from "effect"
import { Actor } from "leftfold/actors"
import { Contract } from "leftfold/contracts"

/** The language of accounts. */
export const Accounts = Contract.define("bench.account", {
  commands: { Deposit: { amount: Schema.Int, reference: Schema.String } },
  events: { Deposited: { amount: Schema.Int, reference: Schema.String } },
  rejections: { NotPositive: { amount: Schema.Int } },
})

const handlers = {
  initial: 0,
  decide: {
    Deposit: (_balance: number, { amount, reference }: { amount: number; reference: string }) =>
      amount > 0
        ? Accounts.events.Deposited({ amount, reference })
        : Accounts.rejections.NotPositive({ amount }),
  },
  evolve: { Deposited: (balance: number, { amount }: { amount: number }) => balance + amount },
}

/** The actor of an account, whose state is its balance. */
export const account = Actor.define(Accounts, { ...handlers, state: Schema.Number })

/** The same actor without snapshots. */
export const plainAccount = Actor.define(Accounts, handlers)

/** The text that each deposit carries. */
export const REFERENCE = "invoice 2026-0000-0000"
