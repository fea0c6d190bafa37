/** The side of the application: it loads, starts and stops as the development loop orders. */
import { randomBytes } from "node:crypto"
import process from "node:process"
import { createInterface } from "node:readline"
import type { AppDefinition } from "../../app.ts"
import { start, type StartedApp } from "../../start.ts"
import type { StartOptions } from "../../start-options.ts"
import { databaseRoles } from "../../operations/database-roles.ts"
import { accessOf } from "../access.ts"
import { developmentSettings } from "../../configuration.ts"
import { isLoopback } from "../../../gateway/internal.ts"
import type { PasswordsByUser } from "../passwords.ts"
import { messageOf } from "../../../contracts/internal.ts"
import { screenOf } from "./screen.ts"
import { type Needs, type Order, type Report, reportLine } from "./protocol.ts"

/** Loads the application of a module. Rejects with a sentence for people. */
export type LoadApplication = (module: string) => Promise<AppDefinition>

const say = (report: Report): void => void process.stdout.write(reportLine(report))

/** Empty passwords mean that no server is embedded, and so none has users of ours. */
const needsOf = (app: AppDefinition, passwords: PasswordsByUser): Needs => {
  if (Object.keys(passwords).length === 0) return { name: app.name, nats: {}, sql: "" }
  return { name: app.name, nats: accessOf(app).nats(passwords), sql: databaseRoles(app) }
}

/** What runs next to an application under development, such as its console. */
export type Alongside = (
  app: AppDefinition,
  options: StartOptions,
) => Promise<{ readonly line: string; readonly stop: () => Promise<void> } | undefined>

/**
 * With the keys of the environment where the application has users, or with one of this run: its
 * console seals as well.
 */
const withKeys = (app: AppDefinition, options: StartOptions): StartOptions => {
  if (!app.users || options.principalKeys !== undefined) return options
  const given = process.env.LEFTFOLD_PRINCIPAL_KEYS
  const principalKeys = given
    ? given.split(",").map((key) => key.trim())
    : [randomBytes(32).toString("base64url")]
  return { ...options, principalKeys }
}

/** Whether these servers are on this machine; a name without a port counts as well. */
const isOnThisMachine = (urls: string): boolean =>
  urls.split(",").every((each) => {
    const url = each.includes("://") ? each.trim() : `nats://${each.trim()}`
    return URL.canParse(url) && isLoopback(new URL(url).hostname)
  })

/** Takes orders from the input of this process until it ends; then stops and exits. */
export const serveDevelopment = async (
  load: LoadApplication,
  alongside: Alongside,
): Promise<never> => {
  // Only the loop stops this process: a terminal's Ctrl-C must not come first.
  for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {})
  let app: AppDefinition | undefined
  let running: Promise<StartedApp> | undefined
  let neighbour: ReturnType<Alongside> | undefined
  const follow = async (order: Order): Promise<void> => {
    if (order.do === "load") {
      app = await load(order.module)
      return say({ is: "loaded", needs: needsOf(app, order.passwords) })
    }
    if (app === undefined) throw new Error("nothing is loaded")
    // Strangers must not be taken for somebody.
    const developmentUser = isLoopback(order.options.host ?? "localhost") &&
      isOnThisMachine(order.options.natsUrl)
    const own = await developmentSettings(process.env)
    const options = withKeys(app, { ...order.options, ...own })
    running = start(app, { ...options, developmentUser })
    const { url } = await running
    neighbour = alongside(app, options)
    const more = await neighbour
    say({ is: "ready", url, screen: `${more ? `  ${more.line}\n\n` : ""}${screenOf(app, url)}` })
  }
  say({ is: "idle" })
  for await (const line of createInterface({ input: process.stdin })) {
    void follow(JSON.parse(line)).catch((error) => {
      say({ is: "failed", message: messageOf(error) })
    })
  }
  await neighbour?.then((more) => more?.stop()).catch(() => {})
  await running?.then((started) => started.stop()).catch(() => {})
  process.exit(0)
}
