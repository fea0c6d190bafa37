/** Tests of what npm installs: each package is pinned by a checksum, and none runs a script. */
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { test } from "../testing/test.ts"
import { fileURLToPath } from "node:url"

interface Entry {
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
  /** Only for development. */
  readonly dev?: boolean
}

const read = (name: string) =>
  readFile(fileURLToPath(new URL(`../${name}`, import.meta.url)), "utf8")

const { packages }: { readonly packages: Readonly<Record<string, Entry>> } = JSON.parse(
  await read("package-lock.json"),
)

const installed = Object.entries(packages).filter(([path]) => path !== "")

const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/

test("each package of the lock has a checksum, those for other machines included", () => {
  assert.ok(installed.length > 50, `${installed.length} packages`)
  const unpinned = installed.filter(([, { integrity = "" }]) => !SHA512.test(integrity))
  assert.deepEqual(
    unpinned.map(([path]) => path),
    [],
    "set `integrity` to what `npm view NAME@VERSION dist.integrity` prints",
  )
})

test("the lock names no registry, folder or repository", () => {
  const located = installed.filter(([, { resolved, link }]) => resolved !== undefined || link)
  assert.deepEqual(located.map(([path]) => path), [])
})

test("no package reads what strangers send: wire/format/ does, and msgpackr only checks it", () => {
  const readers = installed.filter(([path, { dev }]) => /msgpack|cbor/.test(path) && !dev)
    .map(([path]) => path)
  assert.deepEqual(readers, [], "see docs/decisions/0034-own-codec.md")
})

test("npm runs no install script unless somebody asks for it", async () => {
  assert.match(await read(".npmrc"), /^ignore-scripts=true$/m)
})
