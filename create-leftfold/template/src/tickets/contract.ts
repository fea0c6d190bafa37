/** The language of tickets: commands, events, rejections, and a query. */
import { Schema } from "effect"
import { Contract, Query } from "leftfold/contracts"

const text = (longest: number) => Schema.NonEmptyString.check(Schema.isMaxLength(longest))

/** The contract of a ticket. */
export const Tickets = Contract.define("tickets.ticket", {
  commands: {
    OpenTicket: { customer: text(100), title: text(200) },
    AnswerTicket: { text: text(10_000) },
  },
  internal: { CloseTicket: {} },
  events: {
    TicketOpened: { customer: Schema.String, title: Schema.String },
    TicketAnswered: { text: Schema.String },
    TicketClosed: {},
  },
  rejections: { AlreadyOpened: {}, NotOpened: {}, AlreadyClosed: {} },
})

/** What a ticket can be. */
export const TicketState = Schema.Literals(["open", "answered", "closed"])

/** One row of the list of tickets. */
export const TicketRow = {
  id: Schema.String,
  customer: Schema.String,
  title: Schema.String,
  state: TicketState,
}

/** The tickets in one state, by id. */
export const TicketsInState = Query.define("tickets.tickets-in-state", {
  params: { state: TicketState },
  result: Schema.Array(Schema.Struct(TicketRow)),
})
