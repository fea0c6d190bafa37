/** The application of a chaos run: accounts, receipts that a policy requests, and two views. */
import { Schema } from "effect"
import { Actor, ask, Policy } from "../../actors/internal.ts"
import { App } from "../../app/mod.ts"
import { Contract } from "../../contracts/internal.ts"
import { Projection } from "../../projections/internal.ts"

/** The language of accounts. */
export const Accounts = Contract.define("vault.account", {
  commands: { Deposit: { amount: Schema.Int }, Withdraw: { amount: Schema.Int } },
  events: { Deposited: { amount: Schema.Int }, Withdrawn: { amount: Schema.Int } },
  rejections: { Insufficient: { balance: Schema.Int } },
})

/** The language of receipts. */
export const Receipts = Contract.define("audit.receipt", {
  commands: { Keep: { position: Schema.String } },
  events: { Kept: { position: Schema.String } },
})

const { Deposited, Withdrawn } = Accounts.events

/** The actor of an account, whose state is its balance. */
export const account = Actor.define(Accounts, {
  initial: 0,
  state: Schema.Number,
  decide: {
    Deposit: (_, { amount }) => amount === 0 ? [] : Deposited({ amount }),
    Withdraw(balance, { amount }) {
      if (balance < amount) return Accounts.rejections.Insufficient({ balance })
      return Withdrawn({ amount })
    },
  },
  evolve: {
    Deposited: (balance, { amount }) => balance + amount,
    Withdrawn: (balance, { amount }) => balance - amount,
  },
})

/** Keeps every receipt, so that one that is requested twice shows. */
export const receipt = Actor.define(Receipts, {
  initial: 0,
  decide: { Keep: (_, { position }) => Receipts.events.Kept({ position }) },
  evolve: { Kept: (kept) => kept + 1 },
})

const keep = (id: string, position: string) =>
  ask(Receipts, id, Receipts.commands.Keep({ position }))

/** Requests a receipt for each event of an account. */
export const receipts = Policy.define("audit.receipts", {
  from: [Accounts],
  on: {
    Deposited: (_, { id, position }) => keep(id, position),
    Withdrawn: (_, { id, position }) => keep(id, position),
  },
})

/** One row per account; an event that is folded twice or not at all makes it wrong. */
export const Balances = Projection.define("vault.balances", {
  from: [Accounts],
  row: { id: Schema.String, balance: Schema.Int, events: Schema.Int, version: Schema.Int },
  key: "id",
  on: {
    Deposited: (row, { amount }, { id, version }) => ({
      id,
      balance: (row?.balance ?? 0) + amount,
      events: (row?.events ?? 0) + 1,
      version,
    }),
    Withdrawn: (row, { amount }, { id, version }) => ({
      id,
      balance: (row?.balance ?? 0) - amount,
      events: (row?.events ?? 0) + 1,
      version,
    }),
  },
})

/** One row per amount, in which the events of all accounts meet. */
export const Amounts = Projection.define("vault.amounts", {
  from: [Accounts],
  row: { amount: Schema.String, deposits: Schema.Int, withdrawals: Schema.Int },
  key: { column: "amount", of: ({ data }) => `of-${data.amount}` },
  on: {
    Deposited: (row, { amount }) => ({
      amount: `of-${amount}`,
      deposits: (row?.deposits ?? 0) + 1,
      withdrawals: row?.withdrawals ?? 0,
    }),
    Withdrawn: (row, { amount }) => ({
      amount: `of-${amount}`,
      deposits: row?.deposits ?? 0,
      withdrawals: (row?.withdrawals ?? 0) + 1,
    }),
  },
})

/** Its views. */
export const views = [Balances, Amounts]

/** The application. */
export const vault = App.define("vault", {
  actors: [account, receipt],
  policies: [receipts],
  projections: views,
})
