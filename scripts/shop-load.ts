/** `npm run shop:load`: places orders in a running shop, and checks its books when all is done. */
import process from "node:process"
import { runLoad } from "./shop-load/load.ts"
import { type LoadOptions, optionsOf, USAGE } from "./shop-load/options.ts"
import { reportOf } from "./shop-load/report.ts"

const output = {
  isTerminal: process.stdout.isTTY === true,
  write: (text: string) => void process.stdout.write(text),
}

const run = async (options: LoadOptions): Promise<boolean> => {
  const result = await runLoad(options, output)
  output.write(reportOf(result))
  return result.wrong.length === 0
}

const fail = (error: unknown, ...more: readonly string[]): void => {
  const message = error instanceof Error ? error.message : String(error)
  for (const line of [message, ...more]) console.error(line)
  process.exitCode = 1
}

let options: LoadOptions | undefined
try {
  options = optionsOf(process.argv.slice(2))
} catch (error) {
  fail(error, USAGE)
}
try {
  if (options && !await run(options)) process.exitCode = 1
} catch (error) {
  fail(error)
}
