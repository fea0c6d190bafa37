/** `npm start`: the servers and the shop in one process, until Ctrl-C. */
import process from "node:process"
import { App } from "leftfold/app"
import { shop } from "./main.ts"
import { accessOf, addressesOf } from "../../app/development/access.ts"
import { runUntilSignal } from "../../app/development/run-until-signal.ts"
import { runSystem, type StartApplication } from "../../app/development/system.ts"

const output = {
  isTerminal: process.stdout.isTTY === true,
  write: (text: string) => void process.stdout.write(text),
}

const startShop: StartApplication = ({ port, ...servers }) =>
  App.start(shop, { ...addressesOf(servers), port })

await runUntilSignal(runSystem(process.env, startShop, output, accessOf(shop)))
