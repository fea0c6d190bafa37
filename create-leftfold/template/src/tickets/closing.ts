/** The policy that closes tickets: a week after the last answer. */
import { ask, later, Policy } from "leftfold/actors"
import { Tickets } from "./contract.ts"

/** A timer replaces the one of the same name, so each answer starts the week again. */
export const Closing = Policy.define("tickets.closing", {
  from: [Tickets],
  on: {
    TicketAnswered: (_, { id }) =>
      later("7 days", ask(Tickets, id, Tickets.commands.CloseTicket()), { name: `close-${id}` }),
  },
})
