/** Serves a gateway on a port, through node:http, which both runtimes have. */
import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http"
import { serve, type ServerType } from "@hono/node-server"
import type { Hono } from "hono"
import { LAST_WRITES_MS } from "./limits.ts"
import { boundPipeline } from "./pipeline.ts"

/** Where to listen. */
export interface ServeOptions {
  readonly port: number
  readonly host: string
}

/** A gateway that listens. */
export interface ServingGateway {
  readonly url: string
  /**
   * Takes no more connections, and closes each once its requests are answered. Once `answered`
   * resolves, connections that are left have two more seconds.
   */
  readonly stop: (answered?: Promise<void>) => Promise<void>
}

const stop = async (server: ServerType, answered: Promise<void>): Promise<void> => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  if (!("closeIdleConnections" in server)) return await closed
  server.closeIdleConnections()
  await Promise.race([closed, answered])
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), LAST_WRITES_MS)
  await closed
  clearTimeout(cut)
}

const createBounded = (options: ServerOptions, listener?: RequestListener): Server =>
  createServer(options, listener && boundPipeline(listener))

/** Listens. Port 0 takes any free port. Rejects if the port is not available. */
export const serveGateway = (
  app: Pick<Hono, "fetch">,
  { port, host }: ServeOptions,
): Promise<ServingGateway> =>
  new Promise((resolve, reject) => {
    const options = {
      fetch: app.fetch,
      port,
      hostname: host,
      createServer: createBounded as typeof createServer,
    }
    const server = serve(options, (address) => {
      server.off("error", reject)
      const shown = host.includes(":") ? `[${host}]` : host
      resolve({
        url: `http://${shown}:${address.port}`,
        stop: (answered = Promise.resolve()) => stop(server, answered),
      })
    })
    server.on("error", reject)
  })
