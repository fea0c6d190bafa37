/** Tests of the shell in the documents: every command exists, and takes what it is given. */
import assert from "node:assert/strict"
import { fileURLToPath } from "node:url"
import { App } from "leftfold/app"
import { manifest, type Versions } from "../../create-leftfold/manifests.ts"
import { runProgram } from "../../cli/program.ts"
import { shop } from "../../examples/shop/main.ts"
import { test } from "../../testing/test.ts"
import { readRepository } from "../tidy/repository.ts"
import { blocksOf } from "./blocks.ts"
import { checkCommand, type Known, PROGRAMS } from "./check-command.ts"
import { commandsOf, shellLinesOf } from "./shell.ts"

const files = readRepository(fileURLToPath(new URL("../..", import.meta.url)))
const pages = [...files.keys()].filter((path) =>
  /^(README\.md|docs\/(guides\/)?[^/]+\.md|create-leftfold\/.*\.md)$/.test(path)
)

const helps = new Map<string, Promise<string>>()

test("each command in the documents exists, with its flags, files and routes", async (t) => {
  const app = await App.inMemory(shop)
  t.after(() => app.stop())
  const { paths } = await (await app.fetch("/openapi.json")).json() as Pick<Known, "paths">
  const { scripts: appScripts = {} } = manifest("app", {} as Versions, false) as {
    readonly scripts?: Readonly<Record<string, string>>
  }
  const printed = t.mock.method(console, "log", () => {})
  const helpOf = async (words: readonly string[]): Promise<string> => {
    printed.mock.resetCalls()
    assert.equal(await runProgram([...words, "--help"]), 0, `leftfold ${words.join(" ")} --help`)
    return printed.mock.calls.map(({ arguments: [text] }) => String(text)).join("\n")
  }
  const help = (words: readonly string[]): Promise<string> => {
    const key = words.join(" ")
    if (!helps.has(key)) helps.set(key, helpOf(words))
    return helps.get(key)!
  }
  const { scripts } = JSON.parse(files.get("package.json")!)
  const wrong: string[] = []
  let commands = 0
  for (const path of pages) {
    const page = files.get(path)!
    const known: Known = { files, scripts, appScripts, paths, page, help }
    for (const block of blocksOf(path, page)) {
      if (!["", "sh"].includes(block.language)) continue
      for (const { line, commands: each } of shellLinesOf(block, PROGRAMS)) {
        for (const command of each) {
          const complaint = await checkCommand(command, known)
          if (complaint) wrong.push(`${path}:${line}: ${complaint}`)
          commands++
        }
      }
    }
  }
  assert.deepEqual(wrong, [])
  assert.ok(commands > 100, `only ${commands} commands were found`)

  const known: Known = { files, scripts, appScripts, paths, page: "", help }
  for (const [text, complaint] of WRONG) {
    assert.equal(await checkCommand(commandsOf(text)[0]!, known), complaint, text)
  }
})

/** Commands that are wrong, each in its own way. */
const WRONG: readonly (readonly [string, string])[] = [
  ["npm run nothing", "there is no script nothing"],
  ["npm run bench -- wrote", "npm run bench knows no wrote"],
  ["npm run chaos -- --secondz 6", "npm run chaos has no flag --secondz"],
  ["leftfold wy orders.order-list o-1", "leftfold has no command wy"],
  ["leftfold why orders.order-list", "leftfold why takes 2 to 3 arguments, not 1"],
  ["leftfold why orders.order-list o-1 --att 1", "leftfold why has no flag --att"],
  ["leftfold schema look", "leftfold schema has no command look"],
  ["leftfold ask orders.order o-1 Cancel", "orders.order has no command Cancel"],
  ["npx leftfold start examples/shop/mainly.ts", "there is no examples/shop/mainly.ts"],
  ["curl $SHOP/orders/order-lists/o-1", "the shop has no GET /orders/order-lists/o-1"],
  ["curl $SHOP/orders/order/o-1/CancelOrder", "the shop has no GET /orders/order/o-1/CancelOrder"],
  [`curl $SHOP/stock/item/tea/ReceiveStock -d '{"quantity":10'`, `this is no JSON: {"quantity":10`],
  ["nats req cmd.stock.item.tea.Receive {}", "there is no command cmd.stock.item.tea.Receive"],
  ["LEFTFOLD_REPLICS=3 npm start", "nothing reads LEFTFOLD_REPLICS"],
  ["npx sort docs/README.md", "npx sort is not known here"],
  ["frobnicate", "scripts/docs/check-command.ts has no check for frobnicate"],
]

test("the programs of a line are read as a shell reads them", () => {
  const cases = [
    [`a 'b c' "d e"# f`, [["a", "b c", "d e#", "f"]]],
    ["a b # c && d", [["a", "b"]]],
    ["A=1 B='2 3' a | b > c && d 2>> e f", [["a"], ["b"], ["d", "f"]]],
    [`a --x="y z"; K=$(b 1 2)`, [["a", "--x=y z"], []]],
  ] as const
  for (const [text, words] of cases) {
    assert.deepEqual(commandsOf(text).map((command) => command.words), words, text)
  }
  assert.deepEqual(commandsOf("A=1 B='2 3' a")[0]!.variables, ["A", "B"])
  assert.throws(() => commandsOf("a 'b"), /this is no shell: 'b/)
})

test("blocks of code are found, and paragraphs of lists are not taken for code", () => {
  const text =
    "# A\n\n    npm ci\n\n1. b\n\n   c\n\n    d\n\nE\n\n    $ f\n    g\n\n```ts x\nh\n```\n"
  assert.deepEqual(
    blocksOf("a.md", text).map(({ line, language, code }) => [line, language, code]),
    [
      [3, "", "npm ci\n"],
      [13, "", "$ f\ng\n"],
      [17, "ts x", "h\n"],
    ],
  )
  const block = { path: "a.md", line: 7, language: "sh", indented: false }
  const code = 'npm ci \\\n  x\n{"a":1}\n# b\nnpm test\n'
  const lines = shellLinesOf({ ...block, code }, PROGRAMS)
  assert.deepEqual(lines.map(({ line, text, output }) => [line, text, output]), [
    [7, "npm ci x", ['{"a":1}', "# b"]],
    [11, "npm test", []],
  ])
})
