/** Tests of finding the imports of a file. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { importsOf, packageOf, resolveFrom } from "./import-statement.ts"

test("every form of import is found with its line", () => {
  const text = [
    `import "./a.ts"`,
    `import type { B } from "./b.ts"`,
    `import {`,
    `  c,`,
    `} from "./c.ts"`,
    `export * from "./d.ts"`,
    `const e = await import("./e.ts")`,
    `// import "./f.ts"`,
    "const text = 'from \"./g.ts\"'",
  ].join("\n")
  assert.deepEqual(
    importsOf(text).map(({ line, specifier }) => [line, specifier]),
    [[1, "./a.ts"], [2, "./b.ts"], [5, "./c.ts"], [6, "./d.ts"], [7, "./e.ts"]],
  )
})

test("a relative import is resolved from the file's folder", () => {
  assert.equal(resolveFrom("actors/host.ts", "../contracts/mod.ts"), "contracts/mod.ts")
  assert.equal(resolveFrom("actors/host.ts", "./mailbox.ts"), "actors/mailbox.ts")
  assert.equal(resolveFrom("actors/host.ts", "../../other/a.ts"), "../other/a.ts")
})

test("a package is named without its scope's rest, its version and its registry", () => {
  assert.equal(packageOf("@nats-io/kv/internal"), "@nats-io/kv")
  assert.equal(packageOf("npm:postgres@3/types"), "postgres")
  assert.equal(packageOf("npm:@hono/node-server@2"), "@hono/node-server")
})
