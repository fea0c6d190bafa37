/** The gate for every change: `npm run ok` runs each check and stops at the first that fails. */
import { spawn } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"

/** One check: its name and its command. */
interface Step {
  readonly name: string
  readonly command: readonly [program: string, ...args: string[]]
  /** Shows the output as it comes, and not only on failure. */
  readonly streams?: boolean
}

const deno = "node_modules/.bin/deno"

const steps: readonly Step[] = [
  { name: "format", command: [deno, "fmt", "--check"] },
  { name: "lint", command: [deno, "lint"] },
  { name: "tidy", command: [process.execPath, "--import", "tsx", "scripts/tidy.ts"] },
  { name: "unused exports", command: ["node_modules/.bin/knip", "--no-progress"] },
  { name: "types", command: ["node_modules/.bin/tsc", "--noEmit", "-p", "tsconfig.json"] },
  { name: "types on Deno", command: [deno, "check", "."] },
  { name: "tests", command: ["npm", "test"], streams: true },
  { name: "tests on Deno", command: [deno, "run", "-A", "scripts/test.ts"], streams: true },
]

/** Runs one step from the root. Resolves with its output and whether it passed. */
function run({ command: [program, ...args], streams }: Step): Promise<[boolean, string]> {
  const cwd = fileURLToPath(new URL("..", import.meta.url))
  const child = spawn(program, args, {
    cwd,
    stdio: streams ? "inherit" : ["ignore", "pipe", "pipe"],
  })
  const output: string[] = []
  child.stdout?.on("data", (data) => output.push(String(data)))
  child.stderr?.on("data", (data) => output.push(String(data)))
  return new Promise((resolve) => {
    child.on("error", (error) => resolve([false, `${program} did not start: ${error.message}\n`]))
    child.on("close", (code) => resolve([code === 0, output.join("")]))
  })
}

for (const step of steps) {
  if (step.streams) console.log(`…  ${step.name}`)
  const started = performance.now()
  const [passed, output] = await run(step)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${passed ? "ok" : "FAILED"}  ${step.name}  ${seconds} s`)
  if (passed) continue
  console.error(output)
  process.exitCode = 1
  break
}
