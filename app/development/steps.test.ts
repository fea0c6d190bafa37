/** Tests of the list of steps, on a terminal and in a file. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { createSteps } from "./steps.ts"

/** A list of steps whose clock advances by 100 ms at each look. */
function listSteps(isTerminal: boolean) {
  const written: Array<string> = []
  let nowMs = 0
  const output = { isTerminal, write: (text: string) => void written.push(text) }
  return { written, steps: createSteps(output, () => nowMs += 100) }
}

test("a file gets a line for each note, and for each step's end with its duration", async () => {
  const { written, steps } = listSteps(false)
  const result = await steps.run("server", (note) => {
    note("downloading")
    return Promise.resolve(7)
  }, (answer) => `server ${answer}`)
  assert.equal(result, 7)
  assert.deepEqual(written, ["  · server: downloading\n", "  ✓ server 7 (0.2 s)\n"])
})

test("a failed step is marked, and its error is passed on", async () => {
  const { written, steps } = listSteps(false)
  await assert.rejects(steps.run("server", () => Promise.reject(new Error("no"))), /^Error: no$/)
  assert.deepEqual(written, ["  ✗ server (0.1 s)\n"])
})

test("a terminal updates the lines of steps that run at the same time", async () => {
  const { written, steps } = listSteps(true)
  const one = steps.run("one", () => Promise.resolve())
  const two = steps.run("two", () => Promise.resolve())
  await Promise.all([one, two])
  assert.equal(written[0], "\x1b[2K  · one\n")
  assert.equal(written[1], "\x1b[1A\x1b[2K  · one\n\x1b[2K  · two\n")
  const last = written.at(-1)?.replaceAll(/\d\.\d s/g, "…")
  assert.equal(last, "\x1b[2A\x1b[2K  ✓ one (…)\n\x1b[2K  ✓ two (…)\n")
})
