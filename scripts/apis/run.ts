/**
 * Tries the descriptions of the shop as other teams use them: linters, a parser, and two generated
 * clients that are compiled strictly and run against the shop. The tools have a lock of their own.
 *
 *     npm run apis
 */
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { createHash } from "node:crypto"
import { App } from "../../app/mod.ts"
import { serveGateway } from "../../gateway/internal.ts"
import { shop } from "../../examples/shop/main.ts"
import { PROGRAMS } from "./programs.ts"

const HERE = fileURLToPath(new URL(".", import.meta.url))
const ROOT = join(HERE, "../..")

/** The longest that one tool may take, in milliseconds. */
const TOOL_MS = 300_000
const OUTPUT_BYTES = 16_777_216

/** Runs a program in a folder; resolves with what it prints, and rejects if it fails. */
const run = (
  folder: string,
  program: string,
  args: readonly string[],
  env = {},
): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = {
      cwd: folder,
      timeout: TOOL_MS,
      maxBuffer: OUTPUT_BYTES,
      env: { ...process.env, ...env },
    }
    execFile(program, [...args], options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout + stderr)
      reject(
        new Error(
          `${program} ${args.join(" ")} failed:\n${stdout.slice(-4_000)}${stderr}`,
        ),
      )
    })
  })

/** A folder with the tools of the lock file; installed again only when the lock has changed. */
const installed = async (): Promise<string> => {
  const lock = await readFile(join(HERE, "package-lock.json"))
  const digest = createHash("sha256").update(lock).digest("hex").slice(0, 16)
  const folder = join(ROOT, ".leftfold", `apis-${digest}`)
  const done = join(folder, "installed")
  try {
    await readFile(done)
    return folder
  } catch {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
  }
  // Under other names here: npm and Deno take each package.json for a project of its own.
  await copyFile(join(HERE, "tools.json"), join(folder, "package.json"))
  await copyFile(join(HERE, "tools-lock.json"), join(folder, "package-lock.json"))
  await run(folder, "npm", [
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
  ])
  await writeFile(done, "")
  return folder
}

/** The shop in memory, with a customer and goods, and what it says of itself. */
const startShop = async () => {
  const app = await App.inMemory(shop)
  const say = (name: string, id: string, type: string, fields: object) =>
    app.client.askPlain(name, id, type, fields)
  await say("products.product", "tea", "AddProduct", {
    name: "Tea",
    price: 100,
  })
  await say("stock.item", "tea", "ReceiveStock", { quantity: 1_000 })
  await say("customers.customer", "ada", "RegisterCustomer", {
    name: "Ada",
    address: "1",
  })
  await app.settled()
  const listening = await serveGateway(
    { fetch: (request) => app.fetch(request.url, request) },
    { port: 0, host: "127.0.0.1" },
  )
  return {
    url: listening.url,
    stop: () => listening.stop().then(() => app.stop()),
  }
}

const TSC = [
  ...[
    "tsc",
    "--noEmit",
    "--strict",
    "--noUncheckedIndexedAccess",
  ],
  ...[
    "--target",
    "es2022",
    "--module",
    "nodenext",
    "--moduleResolution",
    "nodenext",
  ],
  ...["--allowImportingTsExtensions", "--types", "node"],
]

const TOOLS: readonly (readonly [
  what: string,
  args: readonly string[],
  expects?: RegExp,
])[] = [
  [
    "redocly",
    ["redocly", "lint", "openapi.json", "--extends", "recommended"],
    /is valid/,
  ],
  ["spectral", [
    "spectral",
    "lint",
    "openapi.json",
    "--ruleset",
    "spectral.yaml",
  ], /0 errors|No results/],
  ["openapi-typescript", [
    "openapi-typescript",
    "openapi.json",
    "-o",
    "shop.d.ts",
  ]],
  ["hey-api", [
    "openapi-ts",
    "-i",
    "openapi.json",
    "-o",
    "hey",
    "-c",
    "@hey-api/client-fetch",
  ]],
]

const timed = async (
  what: string,
  work: () => Promise<unknown>,
): Promise<void> => {
  const since = performance.now()
  await work()
  console.log(
    `${what}: ok, ${((performance.now() - since) / 1_000).toFixed(1)} s`,
  )
}

let folder = ""
await timed("install", async () => {
  folder = await installed()
})
const running = await startShop()
try {
  for (const name of ["openapi", "asyncapi"]) {
    const text = await (await fetch(`${running.url}/${name}.json`)).text()
    await writeFile(join(folder, `${name}.json`), text)
  }
  for (const [name, text] of Object.entries(PROGRAMS)) {
    await writeFile(join(folder, name), text)
  }
  for (const [what, args, expects = /(?:)/] of TOOLS) {
    await timed(
      what,
      async () => assert.match(await run(folder, "npx", args), expects, what),
    )
  }
  await timed("asyncapi", () => run(folder, "node", ["asyncapi.mjs"]))
  await timed(
    "compile",
    () => run(folder, "npx", [...TSC, "openapi-fetch.ts", "hey-api.ts"]),
  )
  for (const program of ["openapi-fetch.ts", "hey-api.ts"]) {
    const args = ["--import", "tsx", join(folder, program)]
    await timed(program, () => run(ROOT, "node", args, { SHOP: running.url }))
  }
} finally {
  await running.stop()
}
