/** Deposits through Leftfold's client; the actors are in another process. */
// This folder is a package of its own, so it cannot import Leftfold by name.
import { createClient, natsWire } from "../../../wire/internal.ts"
import { Accounts } from "../account.ts"
import { serveDeposits } from "./deposits.ts"

await serveDeposits(async (url) => {
  const wire = await natsWire({ url, name: "bench depositor" })
  const client = createClient(wire)
  return {
    deposit: (id, amount, reference) =>
      client.ask(
        Accounts,
        id,
        Accounts.commands.Deposit({ amount, reference }),
      ),
    close: () => wire.close(),
  }
})
