/** The short run of the attacks, as `npm run attack -- --short` starts it: some of each class. */
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { test } from "../../testing/test.ts"
import { scriptCommand } from "../../app/development/script-command.ts"
import { CLASSES } from "./classes.ts"

/** Longer than the run takes: less than a minute alone, but more next to other tests. */
const SECONDS = 240
const LIMIT_MS = 300_000

const attack = (...options: readonly string[]): Promise<{ code: number | null; text: string }> =>
  new Promise((resolve) => {
    const [program, ...args] = scriptCommand(new URL("attack.ts", import.meta.url))
    const child = spawn(program, [...args, ...options], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LIMIT_MS,
    })
    let text = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => text += chunk)
    }
    child.once("close", (code) => resolve({ code, text }))
  })

/** Both runtimes use Node's sockets for the attacks, so one runtime is enough for this minute. */
const skip = "deno" in process.versions && "`deno task attack` runs them on Deno: it takes a minute"

// The program ends by itself within its limit, so that is what fails first, and says where it was.
const timeout = LIMIT_MS + 10_000

test("the shop withstands some attacks of each class", { skip, timeout }, async () => {
  const { code, text } = await attack("--short", "--seconds", String(SECONDS))
  assert.equal(code, 0, text)
  for (const { name } of CLASSES) assert.match(text, new RegExp(`^\\| ${name} `, "m"))
})
