/** Tests of the rooms and packages as few files. */
import assert from "node:assert/strict"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { temporaryFolder, type TestScope } from "../../testing/temporary-folder.ts"
import { test } from "../../testing/test.ts"
import { type Bundle, BUNDLE_FILE, writeBundle } from "./bundle.ts"

const FILES = {
  "node_modules/effect/package.json": JSON.stringify({
    ...{ name: "effect", type: "module" },
    exports: { ".": "./index.js", "./cli": "./cli.js" },
  }),
  "node_modules/effect/shared.js": "export class Shared {}",
  "node_modules/effect/index.js": 'export { Shared } from "./shared.js"',
  "node_modules/effect/cli.js": 'export { Shared as Same } from "./shared.js"; export const n = 7',
  "contracts/mod.ts": 'export { Name } from "./name.ts"\n',
  "contracts/internal.ts": 'export * from "./mod.ts"\nexport const url = import.meta.url\n',
  "contracts/name.ts": "export class Name {}\nexport interface Type {}\n",
  "contracts/unused.ts": "throw new Error()\n",
  "one.ts": 'import { Shared } from "effect"\nexport type { A } from "effects"\n',
  "two.ts": 'import { n,\n  Same } from "effect/cli"\nimport fs from "node:fs"\n',
}

const bundled = async (scope: TestScope) => {
  const root = await temporaryFolder(scope)
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(join(root, dirname(path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  const into = await temporaryFolder(scope)
  await writeBundle(root, Object.keys(FILES).filter((path) => path.endsWith(".ts")), into)
  const bundle: Bundle = JSON.parse(await readFile(join(into, BUNDLE_FILE), "utf8"))
  return { bundle, urlOf: (path: string) => pathToFileURL(join(root, path)).href }
}

test("all imports of a package are bundled, and share its modules", async (t) => {
  const { bundle: { packages }, urlOf } = await bundled(t)
  const bundleOf = (file: string) => {
    const url = packages[urlOf(`node_modules/effect/${file}`)]
    assert.ok(url, `${file} is not in ${JSON.stringify(packages)}`)
    return import(url)
  }
  const { Shared } = await bundleOf("index.js")
  const { Same, n } = await bundleOf("cli.js")
  assert.equal(Object.keys(packages).length, 2)
  assert.equal(Same, Shared)
  assert.equal(Shared.name, "Shared")
  assert.equal(n, 7)
})

test("the rooms are one file, in which each source keeps its exports and its URL", async (t) => {
  const { bundle: { rooms, modules }, urlOf } = await bundled(t)
  const all = await import(rooms)
  const known = Object.fromEntries(Object.values(modules).map(([name, names]) => [name, names]))
  const moduleOf = (path: string) => all[modules[urlOf(path)]![0]]
  assert.deepEqual(Object.keys(modules).sort(), [
    ...["internal.ts", "mod.ts", "name.ts"].map((path) => urlOf(`contracts/${path}`)),
  ])
  assert.deepEqual(known, {
    [modules[urlOf("contracts/internal.ts")]![0]]: ["Name", "url"],
    [modules[urlOf("contracts/mod.ts")]![0]]: ["Name"],
    [modules[urlOf("contracts/name.ts")]![0]]: ["Name"],
  })
  assert.equal(moduleOf("contracts/internal.ts").Name, moduleOf("contracts/name.ts").Name)
  assert.equal(moduleOf("contracts/name.ts").Name.name, "Name")
  assert.equal(moduleOf("contracts/internal.ts").url, urlOf("contracts/internal.ts"))
})
