/** Tests that the client for other services loads nothing but itself and the NATS client. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { importsOf, isRelative, resolveFrom } from "./import-statement.ts"
import { readRepository } from "./repository.ts"

const tree = readRepository(new URL("../..", import.meta.url).pathname)

/** All files that a file imports, types included, and the packages that they import. */
const reachedFrom = (door: string) => {
  const files = new Set([door])
  const packages = new Set<string>()
  for (const path of files) {
    for (const { specifier } of importsOf(tree.get(path)!)) {
      if (isRelative(specifier)) files.add(resolveFrom(path, specifier))
      else packages.add(specifier)
    }
  }
  return { files: [...files], packages: [...packages].filter((name) => !/^node:/.test(name)) }
}

test("leftfold/client reaches the NATS client, and neither Effect nor Hono nor Postgres", () => {
  const { files, packages } = reachedFrom("wire/client/mod.ts")
  assert.ok(files.length > 20, "the walk has found too little to mean anything")
  assert.deepEqual(packages, ["nats"])
})

test("the walk finds Effect where it is", () => {
  assert.ok(reachedFrom("wire/mod.ts").packages.includes("effect"))
})
