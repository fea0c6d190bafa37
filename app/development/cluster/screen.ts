/** The screen that a person sees once the cluster is up: its processes, and what to try. */
import { withoutPassword } from "../welcome.ts"

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
): string => {
  const lines = rows.map(({ name, pid, url = "" }) =>
    `  ${name.padEnd(10)} process ${String(pid).padEnd(8)} ${withoutPassword(url)}`.trimEnd()
  )
  const node = rows.find(({ name }) => name === "node-2")
  return `
${lines.join("\n")}

Receive some tea, see it in stock, and see how everything is:

  curl ${gatewayUrl}/stock/item/tea/ReceiveStock \\
    -H 'content-type: application/json' -d '{"quantity":10}'
  curl ${gatewayUrl}/stock/item/tea
  LEFTFOLD_DATA=${dataFolder} npx leftfold health

Then end any of these processes, and ask again: what has ended is started again.

  kill -9 ${node?.pid}

Press Ctrl-C to stop everything; the data is kept for the next start.

ready ${gatewayUrl}
`
}
