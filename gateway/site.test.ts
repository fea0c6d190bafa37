/** Tests of a site: its files are there with their types, and nothing else of the disk is. */
import assert from "node:assert/strict"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { TestContext } from "node:test"
import { test } from "../testing/test.ts"
import { pathToFileURL } from "node:url"
import { App } from "../app/mod.ts"
import { makeTemporaryFolder, removeFolder } from "../testing/temporary-folder.ts"

const withSite = async (t: TestContext, files: Readonly<Record<string, string>>) => {
  const folder = await makeTemporaryFolder()
  t.after(() => removeFolder(folder))
  await mkdir(join(folder, "site"))
  await writeFile(join(folder, "secret.html"), "secret")
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, "site", name), text)
  }
  const site = pathToFileURL(`${join(folder, "site")}/`)
  const app = await App.inMemory(App.define("desk", { actors: [], site }))
  t.after(() => app.stop())
  return app
}

test("each file has its type, and a policy that lets in nobody else's script", async (t) => {
  const app = await withSite(t, { "index.html": "<p>", "look.css": "p {}", "work.js": "let a" })
  for (
    const [path, type, text] of [
      ["/", "text/html; charset=utf-8", "<p>"],
      ["/look.css", "text/css; charset=utf-8", "p {}"],
      ["/work.js", "text/javascript; charset=utf-8", "let a"],
    ] as const
  ) {
    const response = await app.fetch(path)
    assert.equal(response.status, 200, path)
    assert.equal(response.headers.get("Content-Type"), type)
    assert.match(response.headers.get("Content-Security-Policy") ?? "", /^default-src 'self';/)
    assert.equal(await response.text(), text)
  }
})

test("nothing is served that is not in the folder, and the gateway's own pages stay", async (t) => {
  const app = await withSite(t, { "index.html": "<p>" })
  for (const path of ["/secret.html", "/../secret.html", "/%2e%2e%2fsecret.html", "/none.js"]) {
    assert.equal((await app.fetch(path)).status, 404, path)
  }
  assert.equal((await app.fetch("/healthz")).status, 200)
  assert.match(await (await app.fetch("/openapi.json")).text(), /"openapi":"3/)
})

test("a file of no known type is noticed at once", async (t) => {
  await assert.rejects(withSite(t, { "notes.doc": "" }), /notes\.doc has no known type/)
})
