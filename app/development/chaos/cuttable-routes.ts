/**
 * The routes between the servers of a cluster, led through this process so that it can cut them.
 */
import { connect, createServer, type Server, type Socket } from "node:net"
import { once } from "node:events"
import { loopback } from "../port.ts"

/** Forwards routes between servers, which are named by index. */
export class CuttableRoutes {
  readonly #cut = new Set<number>()
  readonly #servers: Server[] = []
  /** Open connections, with the indexes of the servers at both ends. */
  readonly #open = new Map<Socket, readonly number[]>()

  /** Resolves to a port through which server `from` reaches the port of server `to`. */
  readonly between = async (from: number, to: number, port: number): Promise<number> => {
    const server = createServer((dialled) => {
      if (this.#cut.has(from) || this.#cut.has(to)) return dialled.destroy()
      this.#lead(dialled, connect({ port, host: loopback }), [from, to])
    })
    this.#servers.push(server)
    server.listen(0, loopback)
    await once(server, "listening")
    const address = server.address()
    if (typeof address === "object" && address) return address.port
    throw new Error("no port was given to a route")
  }

  /** Closes all routes of a server and refuses new ones. */
  cut(server: number): void {
    this.#cut.add(server)
    for (const [socket, ends] of this.#open) if (ends.includes(server)) socket.destroy()
  }

  /** Allows the routes of a server again. */
  mend(server: number): void {
    this.#cut.delete(server)
  }

  /** Closes everything. */
  async close(): Promise<void> {
    for (const socket of this.#open.keys()) socket.destroy()
    await Promise.all(this.#servers.map((server) => new Promise((done) => server.close(done))))
  }

  #lead(one: Socket, other: Socket, ends: readonly number[]): void {
    for (const [socket, peer] of [[one, other], [other, one]] as const) {
      this.#open.set(socket, ends)
      // A server that is down refuses the connection; the dialling side then sees its own closed.
      socket.on("error", () => peer.destroy())
      socket.on("close", () => {
        this.#open.delete(socket)
        peer.destroy()
      })
      socket.pipe(peer)
    }
  }
}
