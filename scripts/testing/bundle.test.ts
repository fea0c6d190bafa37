/** Tests of sources and packages as one script. */
import assert from "node:assert/strict"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import process from "node:process"
import { fileURLToPath, pathToFileURL } from "node:url"
import { temporaryFolder, type TestScope } from "../../testing/temporary-folder.ts"
import { test } from "../../testing/test.ts"
import type { Contents } from "./bundle.ts"
import { compileSources } from "./compile.ts"

const { openBundle, scriptIn } = await import(new URL("open-bundle.js", import.meta.url).href)
const { readLines, sourceOf } = await import(new URL("source-places.js", import.meta.url).href)

const FILES = {
  "package.json": JSON.stringify({ name: "own", exports: { "./names": "./contracts/mod.ts" } }),
  "node_modules/effect/package.json": JSON.stringify({
    ...{ name: "effect", type: "module" },
    exports: { ".": { require: "./none.js", import: "./index.js" }, "./cli": "./cli.js" },
  }),
  "node_modules/effect/shared.js": "export class Shared {}",
  "node_modules/effect/index.js": 'export { Shared } from "./shared.js"',
  "node_modules/effect/cli.js": 'export { Shared as Same } from "./shared.js"; export const n = 7',
  "contracts/mod.ts": 'export { Name } from "./name.ts"\nexport default 5\n',
  "contracts/internal.ts": 'export * from "./mod.ts"\nexport const url = import.meta.url\n',
  "contracts/name.ts": "export class Name {}\nexport interface Type {}\n",
  "contracts/failing.ts": '// It fails.\n\nthrow new Error("loaded")\n',
  "contracts/waiting.ts": "export const waited =\n  [await 1]\n",
  "contracts/waits.ts": "await 1\n",
  "contracts/importing.ts": 'import "./waits.ts"\nexport const a = 1\n',
  "contracts/other.ts": 'import "another"\n',
  "contracts/dynamic.ts": 'type Fs = typeof import("node:fs")\n' +
    "const importModule = (url: string): Promise<Fs> => import(url)\n" +
    "export const all = async (url: string): Promise<[Fs, Fs, { Name: unknown }]> =>\n" +
    '  [await import("node:fs"), await importModule(url), await import("./name.ts")]\n',
  "one.ts": 'import { Shared } from "effect"\nexport type { A } from "effects"\nShared\n',
  "two.ts": 'import { n,\n  Same } from "effect/cli"\nimport fs from "node:fs"\nfs, n, Same\n',
  "text.ts": 'export const text = "é✖🙂"\nexport const isText = /^[é]✖🙂$/u\n',
  "own.ts": 'export { Name as Own } from "own/names"\n',
  "own.test.ts": "export const tested = 1\n",
}

const bundled = async (scope: TestScope) => {
  const root = await temporaryFolder(scope)
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(join(root, dirname(path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  const sources = Object.keys(FILES).filter((path) => path.endsWith(".ts"))
  const { folder, stop } = await compileSources(root, sources)
  scope.after(stop)
  const contents: Contents = JSON.parse(await readFile(join(folder, "bundle.json"), "utf8"))
  const { load } = openBundle(folder)
  const urlOf = (path: string) => pathToFileURL(join(root, path)).href
  const entryOf = (path: string) => contents[urlOf(path)] ?? assert.fail(`${path} is not in it`)
  return {
    root,
    folder,
    urlOf,
    paths: Object.keys(contents).map((url) => fileURLToPath(url).slice(root.length + 1)),
    exportsOf: (path: string) => entryOf(path)[1],
    load: (path: string) => load(entryOf(path)[0]),
  }
}

/** Deno reads TypeScript itself. */
const skip = "deno" in process.versions && "only Node loads the script"

test("sources and packages are one script that loads each when it is asked for", {
  skip,
}, async (t) => {
  const { root, folder, paths, urlOf, exportsOf, load } = await bundled(t)
  assert.deepEqual(paths.sort(), [
    ...["dynamic.ts", "failing.ts", "internal.ts", "mod.ts", "name.ts"].map((name) =>
      `contracts/${name}`
    ),
    ...["node_modules/effect/cli.js", "node_modules/effect/index.js"],
    ...["one.ts", "own.ts", "text.ts", "two.ts"],
  ])
  assert.deepEqual(exportsOf("node_modules/effect/cli.js"), ["Same", "n"])
  assert.equal(load("node_modules/effect/cli.js").Same, load("node_modules/effect/index.js").Shared)
  assert.equal(load("node_modules/effect/index.js").Shared.name, "Shared")
  assert.deepEqual(exportsOf("contracts/internal.ts"), ["Name", "url"])
  assert.deepEqual(exportsOf("contracts/mod.ts"), ["Name", "default"])
  const { Name, url } = load("contracts/internal.ts")
  assert.equal(Name, load("contracts/name.ts").Name)
  assert.equal(Name, load("own.ts").Own)
  assert.deepEqual([Name.name, url], ["Name", urlOf("contracts/internal.ts")])
  assert.throws(() => load("contracts/failing.ts"), /loaded/)
  const { text, isText } = load("text.ts")
  assert.match(text, /^é✖🙂$/)
  assert.match(text, isText)
  // The cached code is what processes take.
  const [fs, same, { Name: imported }] = await load("contracts/dynamic.ts").all("node:fs")
  assert.deepEqual([typeof fs.readFile, same, imported], ["function", fs, Name])
  const code = await readFile(join(folder, root, "contracts/waits.js"), "utf8")
  assert.match(code, /^await 1;/)

  const lines = (await readFile(scriptIn(folder), "utf8")).split("\n")
  const line = lines.findIndex((each) => each.includes('throw new Error("loaded")'))
  const place = sourceOf(readLines(folder), line, lines[line]!.indexOf("new"))
  assert.deepEqual(place, [join(root, "contracts/failing.ts"), 2, 6])
  const shared = lines.findIndex((each) => each.includes("class Shared"))
  assert.equal(sourceOf(readLines(folder), shared, 0), undefined)
})
