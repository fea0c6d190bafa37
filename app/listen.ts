/** Listens for HTTP, and says which setting to correct where that fails. */
import { Effect } from "effect"
import { serveGateway, type ServingGateway } from "../gateway/internal.ts"
import type { StartOptions } from "./start-options.ts"
import { StartProblem } from "./start-problem.ts"

/** Where a gateway listens by default: other machines cannot reach it. */
export const LOOPBACK = "127.0.0.1"

/** A server of a process, and how it listens. */
export interface Listener {
  readonly what: string
  readonly app: Parameters<typeof serveGateway>[0]
  readonly port: number
  /** The setting that chooses the port. */
  readonly setting: string
  /** How it stops; at once by default. */
  readonly stop?: (serving: ServingGateway) => Promise<void>
}

/** Why listening failed, and which setting to correct. */
const whyNot = (error: unknown, setting: string): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error)
  switch (code) {
    case "EADDRINUSE":
      return `another process does; stop it, or choose another port with ${setting}`
    case "EADDRNOTAVAIL":
    case "EINVAL":
    case "ENOTFOUND":
      return "this machine has no such address; correct HOST"
    case "EACCES":
      return `this user may not; choose a port from 1024 on with ${setting}`
    default:
      return `${code}; correct ${setting} or HOST`
  }
}

/** Serves until the scope ends. Fails with `StartProblem` where it cannot listen. */
export const listen = (
  { what, setting, app, port, stop = (serving) => serving.stop() }: Listener,
  { host = LOOPBACK }: StartOptions,
) =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () => serveGateway(app, { port, host }),
      catch: (error) =>
        new StartProblem(
          `${what} cannot listen on port ${port} of ${host}: ${whyNot(error, setting)}`,
          { cause: error },
        ),
    }),
    (serving) => Effect.promise(() => stop(serving)),
  )
