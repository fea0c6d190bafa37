/** Tests of the whole application, in memory: commands over HTTP, the view, and time. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { App } from "leftfold/app"
import { app } from "./main.ts"
import { Tickets } from "./tickets/contract.ts"

const { OpenTicket, AnswerTicket } = Tickets.commands

test("a ticket is opened over HTTP and shows in the list", async (t) => {
  const running = await App.inMemory(app)
  t.after(() => running.stop())
  const opened = await running.fetch("/tickets/ticket/t-1/OpenTicket", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ customer: "ada", title: "The printer is on fire" }),
  })
  assert.equal(opened.status, 200)
  const after = opened.headers.get("Leftfold-Position") ?? ""
  const headers = { "Leftfold-After": after }
  const listed = await running.fetch("/tickets/tickets-in-state?state=open", { headers })
  assert.deepEqual(await listed.json(), [
    { id: "t-1", customer: "ada", title: "The printer is on fire", state: "open" },
  ])
})

test("an answered ticket closes by itself after a week", async (t) => {
  const running = await App.inMemory(app)
  t.after(() => running.stop())
  await running.client.ask(Tickets, "t-1", OpenTicket({ customer: "ada", title: "Fire" }))
  await running.client.ask(Tickets, "t-1", AnswerTicket({ text: "Please stand back" }))
  await running.advance("7 days")
  const answer = await running.fetch("/tickets/ticket/t-1")
  const { state } = await answer.json() as { readonly state: unknown }
  assert.deepEqual(state, { state: "closed", customer: "ada" })
})
