/** Tests of the leftover rule. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { leftovers } from "./leftovers.ts"
import { placesOf, treeOf } from "./rule.ts"

const isFound = (text: string, path = "actors/a.ts") =>
  leftovers(treeOf({ [path]: text })).length > 0

test("notes to self are found wherever they are written", () => {
  assert.ok(isFound("// TODO: more"))
  assert.ok(isFound("const a = 1 // FIXME"))
  assert.ok(isFound("XXX", "README.md"))
  assert.ok(isFound("This is not implemented.", "docs/a.md"))
  assert.ok(isFound("/** A placeholder. */"))
  assert.ok(isFound("# enough for now", "compose.yaml"))
  assert.ok(!isFound("mastodon, Todorov and before nowhere", "README.md"))
})

test("a library does not print, and scripts, examples and tests may", () => {
  assert.ok(isFound(`console.log("a")`))
  assert.ok(!isFound(`console.log("a")`, "scripts/start.ts"))
  assert.ok(!isFound(`console.log("a")`, "examples/counter.ts"))
  assert.ok(!isFound(`console.error("a")`))
  assert.ok(!isFound(`// console.log("a")`))
})

test("types are not switched off", () => {
  for (const text of ["a as any", "(a: any) => b", "new Map<any, b>()", "// @ts-ignore"]) {
    assert.ok(isFound(text), text)
  }
  assert.ok(!isFound(`// in any case: any\nconst a = ": any"`))
  assert.ok(!isFound("// @ts-expect-error a forgotten handler", "actors/actor.test.ts"))
})

test("no test is left out, waits for time or stops a debugger", () => {
  const file = "actors/a.test.ts"
  assert.ok(isFound("test.only()", file))
  assert.ok(isFound("describe.skip()", file))
  assert.ok(isFound("test(a, { skip: true }, b)", file))
  assert.ok(isFound("await sleep(10)", file))
  assert.ok(isFound("await new Promise((done) => setTimeout(done, 10))", file))
  assert.ok(isFound("  debugger", file))
  assert.ok(!isFound("feed.skip(1)", "projections/feed.ts"))
  assert.ok(!isFound("setTimeout(done, 10)", "actors/mailbox.ts"))
})

test("no file knows a machine or a registry", () => {
  assert.ok(isFound(`const a = "/work/main"`))
  assert.ok(isFound("cd /home/ada/leftfold", "docs/a.md"))
  assert.ok(!isFound(`fetch("/orders/home/work")`))
  assert.ok(isFound("registry=https://registry.npmjs.org/", ".npmrc"))
  assert.ok(isFound("https://npm-registry.example.org/a", "docs/a.md"))
})

test("the lock file names no registry, and its hashes may spell anything", () => {
  const text = `"resolved": "https://a.example/b.tgz",\n"integrity": "sha512-/TODO/"\n`
  const tree = treeOf({ "package-lock.json": text })
  assert.deepEqual(placesOf(leftovers(tree)), ["package-lock.json:1"])
})
