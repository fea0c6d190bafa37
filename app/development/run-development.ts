/** A program that runs an application and the servers it needs on this machine. */
import process from "node:process"
import type { AppDefinition } from "../app.ts"
import { start } from "../start.ts"
import { accessOf, addressesOf } from "./access.ts"
import { runUntilSignal } from "./run-until-signal.ts"
import { standardOutput } from "./steps.ts"
import { runSystem, type StartApplication } from "./system.ts"

/**
 * How an application runs on a laptop.
 *
 * ```ts
 * const options: DevelopmentOptions = { hints: (url) => `Try:\n\n  curl ${url}/openapi.json` }
 * await runDevelopment(shop, options)
 * ```
 */
export interface DevelopmentOptions {
  /** What the first screen tells people to try, given the address of the gateway. */
  readonly hints?: (url: string) => string
}

/**
 * Runs an application with a nats-server and a Postgres in one process, until Ctrl-C. Each role
 * connects as a user of its own. The environment chooses ports (`PORT`, `NATS_PORT`, `PG_PORT`),
 * the folder of the data (`LEFTFOLD_DATA`), and servers that run already (`NATS_URL`,
 * `DATABASE_URL`). It never resolves: it ends the process with exit code 0 after a signal, and with
 * a sentence and exit code 1 when something cannot start or a server dies.
 *
 * ```ts
 * await runDevelopment(App.define("shop", { actors: [Order], projections: [OrderList] }))
 * ```
 */
export const runDevelopment = (
  app: AppDefinition,
  { hints }: DevelopmentOptions = {},
): Promise<never> => {
  const startApp: StartApplication = ({ port, ...servers }) =>
    start(app, { ...addressesOf(servers), port })
  const options = { name: app.name, hints, access: accessOf(app) }
  return runUntilSignal(runSystem(process.env, startApp, standardOutput, options))
}
