/** Tests of the README: its program prints what it shows, and its requests get its answers. */
import assert from "node:assert/strict"
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { inspect } from "node:util"
import { App } from "leftfold/app"
import { shop } from "../../examples/shop/main.ts"
import { removeFolder } from "../../testing/temporary-folder.ts"
import { test } from "../../testing/test.ts"
import { blocksOf } from "./blocks.ts"
import { requestsOf, untilAnswered } from "./requests.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const readme = await readFile(join(root, "README.md"), "utf8")

test("the README's program prints what the README shows", async (t) => {
  const [program, output] = blocksOf("README.md", readme)
  assert.equal(program!.language, "ts")
  await mkdir(join(root, ".leftfold"), { recursive: true })
  const folder = await mkdtemp(join(root, ".leftfold", "readme-"))
  t.after(() => removeFolder(folder))
  const file = join(folder, "program.ts")
  await writeFile(file, program!.code)
  const printed = t.mock.method(console, "log", () => {})
  await import(pathToFileURL(file).href)
  const lines = printed.mock.calls.map(({ arguments: [value] }) =>
    inspect(value, { breakLength: Infinity }).replace(/time: '[^']*'/, "time: '…'")
  )
  assert.equal(`${lines.join("\n")}\n`, output!.code)
})

test("the README's requests to the shop get the answers that the README shows", async (t) => {
  const requests = requestsOf("README.md", readme)
  assert.ok(requests.length >= 3)
  // As under `npm start`, strangers count as staff.
  const app = await App.inMemory(shop, { developmentUser: true })
  t.after(() => app.stop())
  const send = (path: string, init: RequestInit) => Promise.resolve(app.fetch(path, init))
  for (const request of requests) await untilAnswered(request, send)
})
