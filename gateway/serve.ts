/** Serves a gateway on a port, through node:http, which both runtimes have. */
import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http"
import { serve, type ServerType } from "@hono/node-server"
import type { Hono } from "hono"
import { boundPipeline } from "./pipeline.ts"

/** Where to listen. */
export interface ServeOptions {
  readonly port: number
  readonly host: string
}

/** A gateway that listens. */
export interface ServingGateway {
  readonly url: string
  /** Takes no more requests, finishes those in flight, and closes. */
  readonly stop: () => Promise<void>
}

const IDLE_GRACE_MS = 2_000

const stop = (server: ServerType): Promise<void> =>
  new Promise((resolve) => {
    const cut = setTimeout(() => {
      if ("closeAllConnections" in server) server.closeAllConnections()
    }, IDLE_GRACE_MS)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    if ("closeIdleConnections" in server) server.closeIdleConnections()
  })

const createBounded = (options: ServerOptions, listener?: RequestListener): Server =>
  createServer(options, listener && boundPipeline(listener))

/** Listens. Port 0 takes any free port. Rejects if the port is not available. */
export const serveGateway = (app: Hono, { port, host }: ServeOptions): Promise<ServingGateway> =>
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
      resolve({ url: `http://${shown}:${address.port}`, stop: () => stop(server) })
    })
    server.on("error", reject)
  })
