/** A shop whose nats-server has the users of deploy/nats/users.conf, all with passwords. */
import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { natsUrlsOf, passwordsFor, passwordVariable } from "../../app/operations/nats-users.ts"
import { type User, USERS } from "../../app/operations/users.ts"
import { ROLES } from "../../app/roles.ts"
import { startChild } from "../../app/development/child.ts"
import { startNats } from "../../app/development/nats/nats-server.ts"
import { freePort, loopback } from "../../app/development/port.ts"
import { startPostgres } from "../../app/development/postgres/postgres-server.ts"
import { scriptCommand } from "../../app/development/script-command.ts"
import { makeTemporaryFolder, removeFolder } from "../../testing/temporary-folder.ts"

/** A running shop. */
export interface GuardedShop {
  readonly url: string
  readonly ports: { readonly http: number; readonly nats: number }
  readonly passwords: Readonly<Record<User, string>>
  readonly stop: () => Promise<void>
}

const START_MS = 60_000
const PAUSE_MS = 100
const usersFile = new URL("../../examples/shop/deploy/nats/users.conf", import.meta.url)
const script = new URL("../../examples/shop/main.ts", import.meta.url)

/** The users in the file. The file is `authorization: <JSON>`, with variables for the passwords. */
export const usersOf = async (passwords: Readonly<Record<User, string>>): Promise<object> => {
  let text = (await readFile(usersFile, "utf8")).replace(/^\s*#.*$/gm, "")
  for (const user of USERS) {
    text = text.replaceAll(`$${passwordVariable(user)}`, JSON.stringify(passwords[user]))
  }
  return { authorization: JSON.parse(text.slice(text.indexOf("{"))) }
}

const untilReady = async (url: string): Promise<void> => {
  const end = performance.now() + START_MS
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok) return
    if (performance.now() > end) throw new Error("the guarded shop did not become ready")
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

/** Starts the shop. When it cannot start, it rejects and leaves nothing running. */
export const startGuardedShop = async (): Promise<GuardedShop> => {
  const folder = await makeTemporaryFolder()
  const stops = [() => removeFolder(folder)]
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each()
  }
  try {
    const passwords = passwordsFor(() => `p${randomBytes(12).toString("hex")}`)
    const config = { ...await usersOf(passwords) }
    const nats = await startNats({
      port: await freePort(),
      dataFolder: join(folder, "nats"),
      config,
    })
    stops.push(() => nats.stop())
    const dataFolder = join(folder, "postgres")
    const postgres = await startPostgres({ port: await freePort(), dataFolder })
    stops.push(() => postgres.stop().then(() => removeFolder(postgres.dataFolder)))
    const port = await freePort()
    const urls = Object.entries(natsUrlsOf(nats.url, passwords))
    const [program, ...args] = scriptCommand(script)
    const child = await startChild({
      name: "guarded shop",
      ...{ program, args, stopSignal: "TERM", stopGraceMs: 6_000 },
      environment: {
        ...Object.fromEntries(urls.map(([role, url]) => [`NATS_${role.toUpperCase()}_URL`, url])),
        ...{ DATABASE_URL: postgres.url, HOST: loopback, PORT: String(port) },
        ROLES: ROLES.join(","),
        // Attackers get past the rules, as somebody on the staff would.
        LEFTFOLD_DEVELOPMENT_USER: "true",
      },
    })
    stops.push(() => child.stop())
    const url = `http://${loopback}:${port}`
    await untilReady(url)
    return { url, ports: { http: port, nats: nats.port }, passwords, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
