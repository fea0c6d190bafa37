/** The context of tickets: all its parts. */
import type { ContextParts } from "leftfold/app"
import { Closing } from "./closing.ts"
import { Ticket } from "./ticket.ts"
import { TicketList, ticketsInState } from "./ticket-list.ts"

/** Tickets, their list, and their closing. */
export const tickets = {
  actors: [Ticket],
  projections: [TicketList],
  queries: [ticketsInState],
  policies: [Closing],
} satisfies ContextParts
