/** Tests that the types for other services, and the guide that uses them, compile under strict. */
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { appTypes } from "../app/internal.ts"
import { shop } from "../examples/shop/main.ts"
import { removeFolder } from "../testing/temporary-folder.ts"
import { test } from "../testing/test.ts"

const root = fileURLToPath(new URL("..", import.meta.url))

const wrong = `
import { type AppTypes, connectClient, type ServiceClient } from "leftfold/client"
import type { Shop } from "./shop.ts"

const shop: ServiceClient<Shop> = await connectClient<Shop>({ url: "nats://127.0.0.1" })
await shop.ask("customers.customer", "ada", "RenameCustomer", { name: "Ada" })
// @ts-expect-error the shop has no such contract
await shop.ask("customers.nobody", "ada", "RenameCustomer", { name: "Ada" })
// @ts-expect-error the contract has no such command
await shop.ask("customers.customer", "ada", "DeleteCustomer", {})
// @ts-expect-error a field has another type
await shop.ask("customers.customer", "ada", "RenameCustomer", { name: 1 })
// @ts-expect-error a field is missing
await shop.ask("customers.customer", "ada", "RenameCustomer", {})
// @ts-expect-error an internal command cannot be sent
await shop.ask("payments.payment", "p-1", "TakePayment", { order: "o-1", amount: 1 })
const answer = await shop.ask("customers.customer", "ada", "CloseCustomer", {})
// @ts-expect-error a position is there only after the kind was looked at
answer.position
if (answer.kind === "rejection") {
  const type: "AlreadyRegistered" | "NotRegistered" = answer.type
  console.log(type)
}
const { result } = await shop.query("orders.orders-of-customer", { customer: "ada" })
const total: number = result[0]?.total ?? 0
// @ts-expect-error the total of an order is a number
const text: string = result[0]?.total ?? ""
const untyped: ServiceClient<AppTypes> = await connectClient({ url: "nats://127.0.0.1" })
await untyped.ask("any.thing", "a", "Goes", {})
console.log(total, text)
`

test("the shop's types compile, the guide too, and wrong uses do not", async (t) => {
  await mkdir(join(root, ".leftfold"), { recursive: true })
  const folder = await mkdtemp(join(root, ".leftfold", "types-"))
  t.after(() => removeFolder(folder))
  const guide = await readFile(join(root, "docs/calling.md"), "utf8")
  const blocks = [...guide.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code!)
  assert.equal(blocks.length, 2)
  const files: Record<string, string> = {
    "shop.ts": appTypes(shop),
    "wrong.ts": wrong,
    "tsconfig.json": JSON.stringify({
      extends: "../../tsconfig.json",
      // The package is this door alone.
      compilerOptions: { paths: { "leftfold-client": ["../../wire/client/mod.ts"] } },
      include: ["*.ts"],
    }),
  }
  for (const [index, code] of blocks.entries()) files[`guide-${index}.ts`] = code
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const compile = promisify(execFile)(join(root, "node_modules/.bin/tsc"), ["-p", folder])
  assert.equal(await compile.then(() => "", ({ stdout }: { stdout: string }) => stdout), "")
})
