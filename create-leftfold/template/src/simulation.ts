/** The whole application under every order of things: what callers do, and what must hold. */
import assert from "node:assert/strict"
import { ask } from "leftfold/actors"
import { type Simulation, simulation } from "leftfold/simulation"
import { app } from "./main.ts"
import { Tickets } from "./tickets/contract.ts"
import { Ticket } from "./tickets/ticket.ts"

const { OpenTicket, AnswerTicket } = Tickets.commands

const ids = ["t-1", "t-2"]
const opened = OpenTicket({ customer: "ada", title: "The printer is on fire" })

/** Customers and the help desk, and what is true when nothing moves. */
export const ticketSimulation: Simulation = simulation(app, {
  calls: [
    { weight: 2, ask: (pick) => ask(Tickets, pick.of(ids), opened) },
    { weight: 3, ask: (pick) => ask(Tickets, pick.of(ids), AnswerTicket({ text: "Stand back" })) },
  ],
  atRest: (world) => {
    for (const id of world.ids(Tickets)) {
      assert.notEqual(world.state(Ticket, id).state, "answered", `ticket ${id} closes in the end`)
    }
  },
})
