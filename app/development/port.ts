/** Ports on loopback: checks that one is free, and finds free ones. */
import { randomInt } from "node:crypto"
import { createServer } from "node:net"
import { ServerError } from "./server-error.ts"

/** The only address that the embedded servers listen on. */
export const loopback = "127.0.0.1"

/**
 * Throws a `ServerError` that says what to do when a server cannot listen on the port. `setting` is
 * the environment variable that chooses the port.
 */
export async function requireFreePort(port: number, setting: string): Promise<void> {
  const problem = await tryPort(port)
  if (problem === undefined) return
  if (problem === "EADDRINUSE") {
    throw new ServerError(
      `port ${port} is already in use by another process (${setting}): stop it, or choose ` +
        `another port with ${setting}=…`,
    )
  }
  throw new ServerError(
    `port ${port} cannot be used (${problem}): choose another port with ${setting}=…`,
  )
}

/** The system's error code when a server cannot listen on the port; undefined when it can. */
function tryPort(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once("error", (error) => {
      resolve("code" in error && typeof error.code === "string" ? error.code : error.message)
    })
    server.listen(port, loopback, () => server.close(() => resolve(undefined)))
  })
}

/** Ports that this process was given lately, because nobody listens on them yet. */
const given = new Set<number>()
const MOST_GIVEN = 1_000

/**
 * A port that no process listens on, and another each time. It is below the range that systems use
 * for outgoing connections, so no such connection takes it before the server does.
 *
 * ```ts
 * const servers = { natsUrl: "nats://127.0.0.1:4222", databaseUrl: "postgres://127.0.0.1/shop" }
 * const app = await App.start(shop, { ...servers, port: await freePort() })
 * ```
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(16_000, 32_000)
    if (given.has(port)) continue
    given.add(port)
    const [oldest] = given
    if (given.size > MOST_GIVEN && oldest !== undefined) given.delete(oldest)
    if (await tryPort(port) === undefined) return port
  }
}
