/** A supervised server: it can be stopped, killed and restarted, and its death is reported. */
import type { Child } from "./child.ts"

/** A server that runs for as long as this process does. */
export interface Server {
  /** The address that clients use. */
  readonly url: string
  /** The port on loopback. */
  readonly port: number
  /** The server's current process id. A restart changes it. */
  readonly pid: number
  /** Resolves, to a sentence, when the server ends without being asked to. */
  readonly died: Promise<string>
  /** Asks the server to stop, and kills it when its grace is over. */
  stop(): Promise<void>
  /** Kills the server like a power cut. */
  kill(): Promise<void>
  /** Stops the server, starts it again on the same port and data, and waits until it is ready. */
  restart(): Promise<void>
}

/** Starts a server by `launch`, which resolves when the server is ready, and supervises it. */
export async function superviseServer(
  address: { readonly url: string; readonly port: number },
  launch: () => Promise<Child>,
): Promise<Server> {
  let asked = false
  let child = await launch()
  let report = (_sentence: string) => {}
  const died = new Promise<string>((resolve) => report = resolve)
  const watch = (watched: Child) => {
    watched.ended.then((ending) => {
      if (asked || watched !== child) return
      report(`${watched.name} ${ending} by itself: ${lastWords(watched)}`)
    })
  }
  watch(child)
  return {
    ...address,
    died,
    get pid() {
      return child.pid
    },
    stop() {
      asked = true
      return child.stop()
    },
    kill() {
      asked = true
      return child.kill()
    },
    async restart() {
      asked = true
      await child.stop()
      child = await launch()
      asked = false
      watch(child)
    },
  }
}

/** The last lines of a server's output, for a message. */
export const lastWords = (child: Child): string =>
  child.recentLines().slice(-4).map((line) => line.trim()).join(" | ") || "it wrote nothing"
