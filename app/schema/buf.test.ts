/** Tests with `buf`: it takes what is written, and finds every change that it must not find. */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { cp, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { Schema } from "effect"
import { Actor } from "../../actors/internal.ts"
import { Contract, type ProtobufNumbers } from "../../contracts/internal.ts"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { test } from "../../testing/test.ts"
import { App } from "../mod.ts"
import { protoFiles, writeProtoFiles } from "./proto.ts"

const { String: Text, Int, optionalKey } = Schema

const program = fileURLToPath(new URL("../../node_modules/.bin/buf", import.meta.url))
const SHOP = fileURLToPath(new URL("../../examples/shop/schemas/proto", import.meta.url))

/** Runs buf in a folder; the exit code and what it said. */
const buf = (folder: string, ...args: readonly string[]) => {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, BUF_CACHE_DIR: join(folder, ".cache") },
  })
  assert.equal(error, undefined)
  return { status, said: `${stdout}${stderr}` }
}

const passes = (folder: string, ...args: readonly string[]) => {
  const { status, said } = buf(folder, ...args)
  assert.equal(status, 0, said)
}

type Fields = Record<string, Schema.Codec<unknown, unknown>>

const appOf = (sent: Fields, others: Record<string, Fields> = {}) => {
  const contract = Contract.define("post.parcel", {
    commands: { Send: { to: Text } },
    events: { Sent: sent, ...others },
    protobuf: { messages: {} } satisfies ProtobufNumbers,
  })
  const types = Object.keys(contract.events)
  const actor = Actor.define(contract, {
    initial: 0,
    decide: { Send: () => [] },
    evolve: Object.fromEntries(types.map((type) => [type, () => 0])) as never,
  })
  return App.define("post", { actors: [actor] })
}

test("the files of the shop are as buf lint wants them", () => passes(SHOP, "lint"))

test("a field that was altered by hand is found by buf breaking", async (t) => {
  const altered = join(await temporaryFolder(t), "proto")
  await cp(SHOP, altered, { recursive: true })
  const path = join(altered, "orders/order/v1/order.proto")
  const text = await readFile(path, "utf8")
  const by = text.replaceAll("optional string customer = 1;", "optional int64 customer = 1;")
  assert.notEqual(by, text)
  await writeFile(path, by)
  passes(SHOP, "breaking", "--against", SHOP)
  const { status, said } = buf(altered, "breaking", "--against", SHOP)
  assert.equal(status, 100, said)
  assert.match(said, /Field "1" with name "customer" on message "OrderPlaced" changed type/)
})

test("whatever changes in a contract, its next files break nobody", async (t) => {
  const folder = await temporaryFolder(t)
  const all = {
    ...{ to: Text, cents: Int, at: Schema.Date, note: optionalKey(Text) },
    stops: Schema.Array(Schema.Struct({ city: Text, last: Schema.Boolean })),
    paid: Schema.Union([
      Schema.TaggedStruct("Card", { digits: Text }),
      Schema.TaggedStruct("Cash", {}),
    ]),
  } as Fields
  const releases = [
    appOf(all, { Lost: { where: Text } }),
    // Fields and an event that are gone, of another kind, and new ones; one alternative less.
    appOf({
      ...{ to: Int, via: Text, at: Text },
      stops: Schema.Array(Schema.Struct({ city: Text, zone: Int })),
      paid: Schema.Union([
        Schema.TaggedStruct("Cash", {}),
        Schema.TaggedStruct("Bill", { days: Int }),
      ]),
    } as Fields, { Found: {} }),
    // Names that come back, as what they were and as something else.
    appOf({ ...all, cents: Text } as Fields, { Lost: { where: Int } }),
  ]
  let before: ReadonlyMap<string, string> = new Map()
  for (const [at, app] of releases.entries()) {
    const own = join(folder, String(at))
    const files = protoFiles(app, before)
    await writeProtoFiles(own, files)
    passes(own, "lint")
    if (at > 0) passes(own, "breaking", "--against", join(folder, String(at - 1)))
    before = files
  }
})
