/** A ticket: opened by a customer, answered, and closed in the end. */
import { Actor } from "leftfold/actors"
import { Tickets } from "./contract.ts"

const { TicketOpened, TicketAnswered, TicketClosed } = Tickets.events
const { AlreadyOpened, NotOpened, AlreadyClosed } = Tickets.rejections

interface State {
  readonly state: "new" | "open" | "answered" | "closed"
  readonly customer: string
}

const initial: State = { state: "new", customer: "" }

/** The actor of a ticket. Its handlers are pure: they get the state, and return what happened. */
export const Ticket = Actor.define(Tickets, {
  initial,
  decide: {
    OpenTicket: ({ state }, opened) => state === "new" ? TicketOpened(opened) : AlreadyOpened(),
    AnswerTicket({ state }, answer) {
      if (state === "new") return NotOpened()
      if (state === "closed") return AlreadyClosed()
      return TicketAnswered(answer)
    },
    CloseTicket: ({ state }) => state === "answered" ? TicketClosed() : [],
  },
  evolve: {
    TicketOpened: (_, { customer }) => ({ state: "open", customer }),
    TicketAnswered: (ticket) => ({ ...ticket, state: "answered" }),
    TicketClosed: (ticket) => ({ ...ticket, state: "closed" }),
  },
})
