/** Tests of tickets, their list and their closing. They need no servers: handlers are pure. */
import { test } from "node:test"
import { ask } from "leftfold/actors"
import { given, happened } from "leftfold/testing"
import { Closing } from "./closing.ts"
import { Tickets } from "./contract.ts"
import { Ticket } from "./ticket.ts"
import { TicketList } from "./ticket-list.ts"

const { OpenTicket, AnswerTicket, CloseTicket } = Tickets.commands
const { TicketOpened, TicketAnswered, TicketClosed } = Tickets.events
const { AlreadyOpened, NotOpened, AlreadyClosed } = Tickets.rejections

const details = { customer: "ada", title: "The printer is on fire" }
const opened = TicketOpened(details)
const answered = TicketAnswered({ text: "Please stand back" })
const answer = AnswerTicket({ text: "Please stand back" })

test("a ticket is opened once", () => {
  given(Ticket).when(OpenTicket(details)).then(opened)
  given(Ticket, opened).when(OpenTicket(details)).thenRejected(AlreadyOpened())
})

test("an open ticket can be answered, again and again", () => {
  given(Ticket, opened).when(answer).then(answered)
  given(Ticket, opened, answered).when(answer).then(answered)
  given(Ticket).when(answer).thenRejected(NotOpened())
  given(Ticket, opened, answered, TicketClosed()).when(answer).thenRejected(AlreadyClosed())
})

test("a ticket closes when it is answered, and closing twice is harmless", () => {
  given(Ticket, opened, answered).when(CloseTicket()).then(TicketClosed())
  given(Ticket, opened).when(CloseTicket()).thenNothing()
  given(Ticket, opened, answered, TicketClosed()).when(CloseTicket()).thenNothing()
})

test("the list shows each ticket with its state", () => {
  given(TicketList, happened("t-1", opened), happened("t-1", answered))
    .thenRow("t-1", { id: "t-1", ...details, state: "answered" })
})

test("a ticket is closed a week after its last answer", () => {
  given(Closing).when(answered, { id: "t-1" }).after("7 days")
    .thenAsks(ask(Tickets, "t-1", CloseTicket()))
})
