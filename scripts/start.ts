/** `npm start`: the servers and the shop in one process, until Ctrl-C. */
import process from "node:process"
import { App } from "leftfold/app"
import { shop } from "../examples/shop/main.ts"
import { runUntilSignal } from "./servers/run-until-signal.ts"
import { runSystem } from "./servers/system.ts"

const output = {
  isTerminal: process.stdout.isTTY === true,
  write: (text: string) => void process.stdout.write(text),
}

await runUntilSignal(runSystem(process.env, (on) => App.start(shop, on), output))
