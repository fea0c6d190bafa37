/** `npm start`: the servers and the shop in one process, until Ctrl-C. */
import process from "node:process"
import { App } from "leftfold/app"
import { databaseRoles, databaseUrlsOf } from "../app/database-roles.ts"
import { natsUrlsOf, natsUsers, passwordsFor } from "../app/nats-users.ts"
import { USERS } from "../app/permissions.ts"
import { shop } from "../examples/shop/main.ts"
import { runUntilSignal } from "./servers/run-until-signal.ts"
import { runSystem, type StartApplication } from "./servers/system.ts"
import type { Access } from "./servers/system-servers.ts"

const output = {
  isTerminal: process.stdout.isTTY === true,
  write: (text: string) => void process.stdout.write(text),
}

/** Who connects to the embedded nats-server without a name is a caller, as any service would be. */
const access: Access = {
  users: USERS,
  nats: (passwords) => ({
    ...natsUsers(shop, passwordsFor((user) => passwords[user] ?? "")),
    no_auth_user: "caller",
  }),
  sql: databaseRoles(shop),
}

const startShop: StartApplication = ({ natsUrl, passwords, databaseUrl, hasRoles, port }) =>
  App.start(shop, {
    natsUrl,
    ...passwords && {
      natsUrls: natsUrlsOf(natsUrl, passwordsFor((user) => passwords[user] ?? "")),
    },
    ...hasRoles ? databaseUrlsOf(databaseUrl) : { databaseUrl },
    port,
  })

await runUntilSignal(runSystem(process.env, startShop, output, access))
