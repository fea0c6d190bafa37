/** Tests that each mutant can still be planted, and that the runtime itself is accepted. */
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { test } from "../../../testing/test.ts"
import { MUTANTS } from "./mutants.ts"
import { mutatedText } from "./mutated-run.ts"

const source = (file: string) => readFile(new URL(`../../../${file}`, import.meta.url), "utf8")

test("the text of every mutant stands in its file once", async () => {
  assert.ok(MUTANTS.length >= 10)
  assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length)
  for (const mutant of MUTANTS) {
    const text = await source(mutant.file)
    assert.notEqual(mutatedText(mutant, text), text)
  }
  const gone = { name: "gone", file: "a.ts", from: "twice", to: "" }
  assert.throws(() => mutatedText(gone, "twice and twice"), /a\.ts does not hold the text/)
})
