/** The README's program: one actor, in memory, in one file. */
import { Schema } from "effect"
import { Actor } from "leftfold/actors"
import { App } from "leftfold/app"
import { Contract } from "leftfold/contracts"

const Counter = Contract.define("demo.counter", {
  commands: { Increment: { by: Schema.Int } },
  events: { Incremented: { by: Schema.Int } },
})
const counter = Actor.define(Counter, {
  initial: 0,
  decide: { Increment: (_count, { by }) => Counter.events.Incremented({ by }) },
  evolve: { Incremented: (count, { by }) => count + by },
})
const app = await App.inMemory(App.define("demo", { actors: [counter] }))
console.log(await app.client.ask(Counter, "c-1", Counter.commands.Increment({ by: 3 })))
console.log(await (await app.fetch("/demo/counter/c-1")).json())
await app.stop()
