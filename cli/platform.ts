/** The platform services for `effect/cli`: it prints text and uses nothing else. */
import process from "node:process"
import { Effect, FileSystem, Layer, Path, Stdio, Terminal } from "effect"
import { CliConfig, GlobalFlag } from "effect/cli"
import { ChildProcessSpawner } from "effect/process"

const unused = Effect.die(new Error("the command line reads no keys and starts no programs"))

const terminal = Terminal.make({
  columns: Effect.sync(() => process.stdout.columns ?? 80),
  rows: Effect.sync(() => process.stdout.rows ?? 24),
  size: unused,
  readInput: unused,
  readLine: unused,
  display: (text) => Effect.sync(() => void process.stdout.write(text)),
})

/** The services of a program that only prints, and the flags that every command has. */
export const platform = Layer.mergeAll(
  FileSystem.layerNoop({}),
  Path.layer,
  Stdio.layerTest({ args: Effect.sync(() => process.argv.slice(2)) }),
  Layer.succeed(Terminal.Terminal, terminal),
  Layer.succeed(ChildProcessSpawner.ChildProcessSpawner, ChildProcessSpawner.make(() => unused)),
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] }),
)
