/** The screen that a person sees once the cluster is up: its processes, and what to try. */
import { withoutPassword } from "../welcome.ts"

/** What to try with an application, as text, given the address of its gateway. */
export type Hints = (url: string) => string

/** One process of the cluster. */
export interface Row {
  readonly name: string
  readonly pid: number
  /** The address it listens on, if any. */
  readonly url?: string
}

/** One screen of text; its last line is `ready <the gateway's address>`. */
export const screen = (
  rows: readonly Row[],
  gatewayUrl: string,
  dataFolder: string,
  hints?: Hints,
): string => {
  const lines = rows.map(({ name, pid, url = "" }) =>
    `  ${name.padEnd(10)} process ${String(pid).padEnd(8)} ${withoutPassword(url)}`.trimEnd()
  )
  const node = rows.find(({ name }) => name === "node-2")
  return `
${lines.join("\n")}

${hints ? `${hints(gatewayUrl)}\n\n` : ""}See how everything is:

  LEFTFOLD_DATA=${dataFolder} npx leftfold health

End any of these processes, and ask again: what has ended is started again.

  kill -9 ${node?.pid}

Press Ctrl-C to stop everything; the data is kept for the next start.

ready ${gatewayUrl}
`
}
