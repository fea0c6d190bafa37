/** The console of an application under development, with the rights of an operator. */
import { createHash } from "node:crypto"
import { userInfo } from "node:os"
import process from "node:process"
import { messageOf } from "../../contracts/internal.ts"
import { type Alongside, followedContexts, LOOPBACK_HOSTS } from "../../app/internal.ts"
import { natsFeed, postgresStore } from "../../projections/internal.ts"
import { inboxPrefix, natsWire } from "../../wire/internal.ts"
import { newToken } from "../console/command.ts"
import { type RunningConsole, serveConsole } from "../console/console.ts"
import { CONSOLE } from "../console/limits.ts"
import type { Workplace } from "../leftfold.ts"

/** The same for as long as the servers' passwords are, so that an open page outlives a restart. */
const tokenOf = (natsUrl: string): string => {
  const { password } = new URL(natsUrl.split(",")[0]!)
  if (password === "") return newToken()
  return createHash("sha256").update(`console ${password}`).digest("base64url")
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "EADDRINUSE"

/** Serves at the wanted port, or at any if another program has that. */
const serveAt = async (
  place: Workplace,
  wanted: number,
  token: string,
): Promise<RunningConsole> => {
  const operator = userInfo().username
  const given = { host: "127.0.0.1", hosts: LOOPBACK_HOSTS, token, operator }
  try {
    return await serveConsole(place, { ...given, port: wanted })
  } catch (error) {
    if (!isTaken(error)) throw error
    return await serveConsole(place, { ...given, port: 0 })
  }
}

/**
 * Starts a console; `LEFTFOLD_CONSOLE_PORT=0` leaves it out. The application runs without one, if
 * it cannot start.
 */
export const developConsole: Alongside = async (app, options) => {
  const { natsUrl, natsUrls, databaseUrl, principalKeys } = options
  const port = Number(process.env.LEFTFOLD_CONSOLE_PORT || CONSOLE.port)
  if (port === 0) return undefined
  // The console speaks for the application, and seals with the keys that it runs with.
  if (principalKeys) process.env.LEFTFOLD_PRINCIPAL_KEYS = principalKeys.join(",")
  const url = natsUrls?.provision ?? natsUrl
  const wire = await natsWire({ url, name: "console", inboxPrefix: inboxPrefix("admin") })
  const store = postgresStore(databaseUrl)
  const close = async () => {
    await store.close()
    await wire.close()
  }
  const place: Workplace = {
    ...{ app, module: "", databaseUrl, monitorUrls: [], store },
    streams: { replicas: 1, compression: false },
    wire: () => Promise.resolve(wire),
    feed: () => Promise.resolve(natsFeed(wire, { wire, contexts: followedContexts(app) })),
  }
  const token = tokenOf(url)
  try {
    const running = await serveAt(place, port, token)
    return {
      line: `console   ${running.url}/#token=${token}`,
      stop: async () => {
        await running.stop()
        await close()
      },
    }
  } catch (error) {
    await close()
    const line = `console   it does not run: ${messageOf(error)}`
    return { line, stop: () => Promise.resolve() }
  }
}
