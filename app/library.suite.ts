/** A small application that uses all that its roles can do: for tests of what each may do. */
import { Schema } from "effect"
import { Actor, ask, cancel, later, Policy } from "../actors/mod.ts"
import { Contract, Query } from "../contracts/mod.ts"
import { Projection, QueryHandler } from "../projections/mod.ts"
import { App } from "./mod.ts"

export const Loans = Contract.define("library.loan", {
  commands: { Lend: { to: Schema.String }, Return: {} },
  events: { Lent: { to: Schema.String }, Returned: {} },
})

export const Letters = Contract.define("letter-box.letter", {
  commands: { Read: {} },
  internal: { Write: { text: Schema.String } },
  events: { Written: { text: Schema.String } },
})

const loan = Actor.define(Loans, {
  initial: false,
  decide: {
    Lend: (_lent, { to }) => Loans.events.Lent({ to }),
    Return: (lent) => lent ? Loans.events.Returned() : [],
  },
  evolve: { Lent: () => true, Returned: () => false },
})

const letter = Actor.define(Letters, {
  initial: 0,
  decide: { Read: () => [], Write: (_count, { text }) => Letters.events.Written({ text }) },
  evolve: { Written: (count) => count + 1 },
})

const { Write } = Letters.commands

/** Writes a letter at once and one a second later, and one that is cancelled by a return. */
const reminders = Policy.define("letter-box.reminders", {
  from: [Loans],
  on: {
    Lent: (_event, { id }) => [
      ask(Letters, id, Write({ text: "lent" })),
      later("1 second", ask(Letters, id, Write({ text: "soon due" })), { name: `soon-${id}` }),
      later("1 hour", ask(Letters, id, Write({ text: "due" })), { name: `due-${id}` }),
    ],
    Returned: (_event, { id }) => cancel(`due-${id}`),
  },
})

export const LoanList = Projection.define("library.loan-list", {
  from: [Loans],
  row: { id: Schema.String, to: Schema.String },
  key: "id",
  on: { Lent: (_row, { to }, { id }) => ({ id, to }), Returned: () => undefined },
})

export const LetterList = Projection.define("letter-box.letter-list", {
  from: [Letters],
  row: { id: Schema.String, count: Schema.Int },
  key: "id",
  on: { Written: (row, _event, { id }) => ({ id, count: (row?.count ?? 0) + 1 }) },
})

export const LentTo = Query.define("library.lent-to", {
  params: { to: Schema.String },
  result: Schema.Array(Schema.Struct({ id: Schema.String })),
})

const lentTo = QueryHandler.define(LentTo, {
  from: [LoanList],
  sql: ({ to }, { sql, view }) => sql`select id from ${view(LoanList)} where "to" = ${to}`,
})

export const library = App.define("library", {
  actors: [loan, letter],
  projections: [LoanList, LetterList],
  queries: [lentTo],
  policies: [reminders],
})
