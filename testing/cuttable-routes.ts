/** The routes between the servers of a cluster, led through this process, which can cut them. */
import { connect, createServer, type Server, type Socket } from "node:net"
import { once } from "node:events"
import { loopback } from "../app/development/port.ts"

/** Leads routes from server to server, by their indexes. */
export class CuttableRoutes {
  readonly #cut = new Set<number>()
  readonly #servers: Server[] = []
  /** Open connections, with the servers at their ends. */
  readonly #open = new Map<Socket, readonly number[]>()

  /** Resolves to the port by which `from` reaches the port of `to`. */
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

  /** Closes all routes of a server, and lets none be opened. */
  cut(server: number): void {
    this.#cut.add(server)
    for (const [socket, ends] of this.#open) if (ends.includes(server)) socket.destroy()
  }

  /** Lets the routes of a server be opened again. */
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
      // A server that is down refuses; the one that dials sees its connection closed.
      socket.on("error", () => peer.destroy())
      socket.on("close", () => {
        this.#open.delete(socket)
        peer.destroy()
      })
      socket.pipe(peer)
    }
  }
}
