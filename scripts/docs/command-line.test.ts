/** Tests of docs/command-line.md: it says of every command what the command says itself. */
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { test } from "../../testing/test.ts"
import { COMMAND_LINE_PAGE, commandLinePage } from "./command-line.ts"

test("docs/command-line.md is what the commands say: npm run docs:commands writes it", async () => {
  assert.equal(await readFile(COMMAND_LINE_PAGE, "utf8"), await commandLinePage())
})
