/** Tests of packages as few files. */
import assert from "node:assert/strict"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { test } from "../../testing/test.ts"
import { bundlePackages, PACKAGES_FILE } from "./packages.ts"

const SOURCES = {
  "node_modules/effect/package.json": JSON.stringify({
    ...{ name: "effect", type: "module" },
    exports: { ".": "./index.js", "./cli": "./cli.js" },
  }),
  "node_modules/effect/shared.js": "export class Shared {}",
  "node_modules/effect/index.js": 'export { Shared } from "./shared.js"',
  "node_modules/effect/cli.js": 'export { Shared as Same } from "./shared.js"; export const n = 7',
  "one.ts": 'import { Shared } from "effect"\nexport type { A } from "effects"\n',
  "two.ts": 'import { n,\n  Same } from "effect/cli"\nimport fs from "node:fs"\n',
}

test("all imports of a package are bundled, and share its modules", async (t) => {
  const root = await temporaryFolder(t)
  await mkdir(join(root, "node_modules/effect"), { recursive: true })
  for (const [path, text] of Object.entries(SOURCES)) await writeFile(join(root, path), text)
  const into = await temporaryFolder(t)
  await bundlePackages(root, ["one.ts", "two.ts"], into)
  const urls: Record<string, string> = JSON.parse(await readFile(join(into, PACKAGES_FILE), "utf8"))
  const bundleOf = (file: string) => {
    const url = urls[pathToFileURL(join(root, "node_modules/effect", file)).href]
    assert.ok(url, `${file} is not in ${JSON.stringify(urls)}`)
    return import(url)
  }
  const { Shared } = await bundleOf("index.js")
  const { Same, n } = await bundleOf("cli.js")
  assert.equal(Object.keys(urls).length, 2)
  assert.equal(Same, Shared)
  assert.equal(Shared.name, "Shared")
  assert.equal(n, 7)
})
