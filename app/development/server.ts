/** A supervised server: it can be stopped, killed and restarted, and its death is noticed. */
import type { Child } from "./child.ts"

/** A server that runs as long as this process does. */
export interface Server {
  /** The address that clients use. */
  readonly url: string
  /** The port on loopback. */
  readonly port: number
  /** The server's process id now; a restart changes it. */
  readonly pid: number
  /** Resolves, in a sentence, when the server ends without having been asked to. */
  readonly died: Promise<string>
  /** Asks it to stop; kills it when it takes longer than its grace. */
  stop(): Promise<void>
  /** Kills it as a power cut would. */
  kill(): Promise<void>
  /** Stops it unless it is gone, starts it again on the same port and data, and waits for it. */
  restart(): Promise<void>
}

/** Starts a server by `launch`, which answers when it is ready, and supervises it. */
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

/** What a server wrote last, for a message. */
export const lastWords = (child: Child): string =>
  child.recentLines().slice(-4).map((line) => line.trim()).join(" | ") || "it wrote nothing"
