/** The client of `leftfold ask`, `state`, `history` and `query`: it speaks for the operator. */
import process from "node:process"
import { type Client, createClient, principalSeals } from "../../wire/internal.ts"
import { messageOf } from "../../contracts/internal.ts"
import { Problem } from "../problem.ts"
import type { Workplace } from "../leftfold.ts"

/**
 * Where the application has users, the client seals with `LEFTFOLD_PRINCIPAL_KEYS` that it speaks
 * for the application itself, to which no rule applies. Without keys it is a stranger.
 */
export const operatorClient = async ({ app, wire }: Workplace): Promise<Client> => {
  const keys = process.env.LEFTFOLD_PRINCIPAL_KEYS
  if (!app.users || !keys) return createClient(await wire(), { format: "json" })
  try {
    const seals = principalSeals(keys.split(",").map((key) => key.trim()))
    return createClient(await wire(), { format: "json", seals, asSystem: true })
  } catch (error) {
    throw error instanceof TypeError ? new Problem({ message: messageOf(error) }) : error
  }
}
