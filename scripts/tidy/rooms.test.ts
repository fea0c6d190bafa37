/** Tests of the rule of rooms. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { maxFiles, maxTopLevel, rooms } from "./rooms.ts"
import { placesOf, treeOf } from "./rule.ts"

const importing = (...specifiers: string[]): string =>
  `/** A file. */\n${specifiers.map((each) => `import { a } from "${each}"\n`).join("")}`

const folderOf = (count: number) =>
  treeOf(Object.fromEntries(Array.from({ length: count }, (_, at) => [`wire/a${at}.ts`, ""])))

test("a folder holds so many source files and no more", () => {
  assert.deepEqual(placesOf(rooms(folderOf(maxFiles))), [])
  assert.deepEqual(placesOf(rooms(folderOf(maxFiles + 1))), ["wire/a0.ts:1"])
})

test("tests and fixtures do not fill a folder", () => {
  const tree = new Map([...folderOf(maxFiles), ["wire/a.test.ts", ""], ["wire/fixtures/b.ts", ""]])
  assert.deepEqual(placesOf(rooms(tree)), [])
})

test("the top level has so many entries, besides lock files and hidden ones", () => {
  const names = Array.from({ length: maxTopLevel }, (_, at) => `folder-${at}/a.md`)
  const hidden = [".npmrc", ".ci/run", "package-lock.json", "deno.lock"]
  const found = (paths: string[]) =>
    placesOf(rooms(treeOf(Object.fromEntries(paths.map((path) => [path, ""])))))
  assert.deepEqual(found([...names, ...hidden]), [])
  assert.deepEqual(found([...names, "one-more.md"]), ["README.md:1"])
})

test("files do not import each other in a circle, not even their types", () => {
  const tree = treeOf({
    "wire/a.ts": importing("./b.ts"),
    "wire/b.ts": importing("./c.ts"),
    "wire/c.ts": '/** A file. */\nimport type { a } from "./a.ts"\n',
    "wire/d.ts": importing("./a.ts"),
  })
  assert.deepEqual(placesOf(rooms(tree)), ["wire/a.ts:1"])
})

test("sub-rooms do not import each other in a circle either", () => {
  const tree = treeOf({
    "actors/host/host.ts": importing("../nodes/relay.ts"),
    "actors/nodes/relay.ts": importing("../limits.ts"),
    "actors/nodes/node.ts": importing("../host/mailbox.ts"),
    "actors/host/mailbox.ts": importing(),
    "actors/limits.ts": importing(),
  })
  assert.deepEqual(placesOf(rooms(tree)), ["actors/host/host.ts:1"])
})

test("what the doors lead to makes no circle", () => {
  const tree = treeOf({
    "actors/mod.ts": importing("./host/host.ts"),
    "actors/host/host.ts": importing("../limits.ts"),
    "actors/limits.ts": importing(),
  })
  assert.deepEqual(placesOf(rooms(tree)), [])
})
