/** The list of tickets, as the help desk sees it, and the query that reads it. */
import { Projection, QueryHandler } from "leftfold/projections"
import { TicketRow, Tickets, TicketsInState } from "./contract.ts"

/** One row per ticket. */
export const TicketList = Projection.define("tickets.ticket-list", {
  from: [Tickets],
  row: TicketRow,
  key: "id",
  indexes: ["state"],
  on: {
    TicketOpened: (_, { customer, title }, { id }) => ({ id, customer, title, state: "open" }),
    TicketAnswered: (row) => row && { ...row, state: "answered" },
    TicketClosed: (row) => row && { ...row, state: "closed" },
  },
})

/** The tickets in one state, ordered by id. */
export const ticketsInState = QueryHandler.rows(TicketsInState, TicketList, {
  where: ({ state }) => ({ state }),
  orderBy: ["id"],
  limit: 100,
})
