/** `leftfold schema proto`: writes the contracts of an application as `.proto` files. */
import { dirname, join } from "node:path"
import { Command, Flag } from "effect/cli"
import { Option } from "effect"
import { protoFiles, readProtoFiles, writeProtoFiles } from "../../app/internal.ts"
import { flag, withApplication } from "../leftfold.ts"
import { counted, printLine } from "../print.ts"

const folder = Flag.String("folder").pipe(
  Flag.withMetavar("FOLDER"),
  Flag.withDescription(
    "where the files are; the folder schemas/proto of the application's module",
  ),
  Flag.optional,
)

/** The command. */
export const protoCommand = Command.make(
  "proto",
  {
    folder,
    check: flag("check", "write nothing, and fail if the files are not those of the contracts"),
  },
  (input) =>
    withApplication(undefined, async (app, module) => {
      const path = Option.getOrUndefined(input.folder) ?? join(dirname(module), "schemas", "proto")
      const before = await readProtoFiles(app, path)
      const files = protoFiles(app, before)
      const changed = [...files].filter(([name, text]) => before.get(name) !== text)
      if (input.check) {
        changed.forEach(([name]) => printLine(`${name} is not as the contracts say`))
        if (changed.length === 0) return 0
        printLine("→ run leftfold schema proto, and commit what it writes")
        return 1
      }
      await writeProtoFiles(path, new Map(changed))
      changed.forEach(([name]) => printLine(`${before.has(name) ? "~" : "+"} ${name}`))
      printLine(`${counted(changed.length, "file")} changed in ${path}: commit them`)
      return 0
    }),
).pipe(Command.withDescription(
  "Writes .proto files of all contracts, and the numbers of their fields, which never change. " +
    "The numbers are what a contract needs to speak Protobuf: protobuf: numbers.",
))
