/** The arguments by which commands of the shell name an actor, and a command for it. */
import { Argument } from "effect/cli"

/** The contract of an actor. */
export const contract = Argument.String("CONTRACT").pipe(
  Argument.withDescription("the contract of the actor, such as orders.order"),
)

/** The id of an actor. */
export const id = Argument.String("ID").pipe(Argument.withDescription("the id of the actor"))

/** The name of a command. */
export const command = Argument.String("COMMAND").pipe(
  Argument.withDescription("the name of the command, such as CancelOrder"),
)

/** The fields of a command, as `fieldsOf` reads them. */
export const fields = Argument.String("FIELD").pipe(
  Argument.withDescription("its fields: name=value for each, or one map as JSON"),
  Argument.variadic(),
)
