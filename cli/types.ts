/** `leftfold types`: the types of an application's messages, for clients in other services. */
import process from "node:process"
import { Argument, Command } from "effect/cli"
import { Option } from "effect"
import { appTypes } from "../app/internal.ts"
import { withApplication } from "./leftfold.ts"

const module = Argument.String("MODULE").pipe(
  Argument.withDescription("the module that exports the application, instead of --app"),
  Argument.optional,
)

/** The command that prints a module of types. */
export const typesCommand = Command.make(
  "types",
  { module },
  (input) =>
    withApplication(Option.getOrUndefined(input.module), (app) => {
      process.stdout.write(appTypes(app))
      return Promise.resolve()
    }),
).pipe(Command.withDescription(
  "Prints a TypeScript module with the types of the public commands, rejections, queries and " +
    "views, for clients in other services: leftfold types > shop.ts. It needs no servers.",
))
