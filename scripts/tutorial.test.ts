/** Tests of docs/tutorial.md: its code compiles, its tests pass, its requests get its answers. */
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { cp, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import { after, before, describe } from "node:test"
import { test } from "../testing/test.ts"
import { fileURLToPath, pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { App, type AppDefinition, type StartedApp } from "leftfold/app"
import { createNamespace } from "../testing/namespace.ts"
import { startProgram } from "../testing/program.ts"
import { removeFolder } from "../testing/temporary-folder.ts"
import { requestsOf, untilAnswered } from "./docs/requests.ts"
import { changed, filesOf } from "./testing/tutorial.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const tutorial = await readFile(join(root, "docs/tutorial.md"), "utf8")

let folder: string
let app: StartedApp | undefined

/** Within the project, where its packages are found by name. */
const makeFolder = async (): Promise<string> => {
  await mkdir(join(root, ".leftfold"), { recursive: true })
  const made = await mkdtemp(join(root, ".leftfold", "tutorial-"))
  // What tries the shop out is not the shop, and uses servers and tools of this repository.
  const other = /\.(test|suite)\.ts$|\/(load|deploy|fixtures)$|\/(start|cluster)\.ts$/
  const filter = (path: string) => !other.test(path)
  await cp(join(root, "examples/shop"), join(made, "examples/shop"), { recursive: true, filter })
  return made
}

describe("a reader who follows the tutorial", () => {
  before(async () => {
    folder = await makeFolder()
    const files = filesOf(tutorial)
    assert.equal(files.length, 6)
    const main = "examples/shop/main.ts"
    const text = changed(tutorial, await readFile(join(root, main), "utf8"))
    for (const file of [...files, { path: main, text }]) {
      const path = join(folder, file.path)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, file.text)
    }
  })
  after(async () => {
    await app?.stop()
    await removeFolder(folder)
  })

  test("has code that compiles", async () => {
    const config = { extends: "../../tsconfig.json", include: ["examples"] }
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config))
    const compile = promisify(execFile)(join(root, "node_modules/.bin/tsc"), ["-p", folder])
    await compile.catch(({ stdout }: { stdout: string }) => assert.fail(stdout))
  })

  test("has tests that pass", async (t) => {
    const file = relative(root, join(folder, "examples/shop/reviews/review.test.ts"))
    const run = startProgram(t, "scripts/testing/run-file.ts", { TEST_FILE: file })
    assert.equal(await run.exited, 0, run.output())
    assert.match(run.output(), /a completed order leads to an invitation/)
  })

  test("is answered what it says", async () => {
    const main = pathToFileURL(join(folder, "examples/shop/main.ts")).href
    const { shop } = await import(main) as { shop: AppDefinition }
    // As under `npm start`, strangers count as staff.
    app = await App.start(shop, { ...await createNamespace(), port: 0, developmentUser: true })
    const requests = requestsOf("docs/tutorial.md", tutorial)
    assert.equal(requests.length, 9)
    const send = (path: string, init: RequestInit) => fetch(`${app!.url}${path}`, init)
    for (const request of requests) await untilAnswered(request, send)
  })
})
