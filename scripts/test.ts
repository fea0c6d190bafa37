/** `npm test`: every test of the project, against one real nats-server and one real Postgres. */
import process from "node:process"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { stop as stopCompiler } from "esbuild"
import { attempt, resource } from "../app/development/resource.ts"
import { runUntilSignal } from "../app/development/run-until-signal.ts"
import { groupTests } from "./testing/groups.ts"
import { runTests } from "./testing/runner.ts"
import { startTestServers } from "../testing/servers.ts"
import { compileSources } from "./testing/compile.ts"
import { sourceFiles, testFiles } from "./testing/test-files.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
/** Deno reads TypeScript itself. */
const inPlace = Promise.resolve({ folder: "", stop: () => Promise.resolve() })

const [options, asked] = [true, false].map((isOption) =>
  process.argv.slice(2).filter((each) => each.startsWith("-") === isOption)
)

const run = Effect.gen(function* () {
  const files = yield* attempt(() => testFiles(root, asked))
  const sources = yield* attempt(() => sourceFiles(root))
  const compile = () =>
    "deno" in process.versions ? inPlace : compileSources(root, sources)
      .finally(stopCompiler)
  const [{ environment }, compiled] = yield* Effect.all([
    resource("no servers to test with", 4_000, startTestServers),
    resource("no sources to test", 2_000, compile),
  ], { concurrency: "unbounded" })
  const grouped = yield* resource("no files to test", 2_000, () => groupTests(root, files))
  return yield* runTests({
    root,
    files: grouped.files,
    options: options ?? [],
    environment: { ...environment, LEFTFOLD_TEST_COMPILED: compiled.folder },
  })
}).pipe(Effect.scoped)

await runUntilSignal(run, { interruptedExitCode: 130 })
