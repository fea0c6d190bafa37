/** The language of an application: its contracts, and who sends and who follows what. */
import { policyOf } from "../../app/internal.ts"
import type { AnyContract } from "../../contracts/internal.ts"
import { isRaw } from "../../projections/internal.ts"
import { readMessage } from "../../wire/internal.ts"
import type { Workplace } from "../leftfold.ts"
import { READ } from "./limits.ts"

const contractJson = (contract: AnyContract) => ({
  name: contract.name,
  context: contract.context,
  internal: [...contract.internal],
  commands: contract.codec.jsonSchemas("command"),
  events: contract.codec.jsonSchemas("event"),
  rejections: contract.codec.jsonSchemas("rejection"),
})

const followed = (
  from: readonly AnyContract[],
  handles: (type: string) => boolean,
) =>
  from.map(({ name, events }) => ({ contract: name, events: Object.keys(events).filter(handles) }))

/** What an application consists of, as plain data. */
export const describe = ({ app }: Workplace) => ({
  name: app.name,
  version: app.version,
  contexts: app.contexts,
  contracts: app.actors.map(({ contract }) => contractJson(contract)),
  policies: app.policies.map(({ name, identity, from, handles }) => ({
    name,
    identity,
    follows: followed(from, handles),
  })),
  views: app.projections.map((each) =>
    isRaw(each) ? { name: each.name, raw: true, from: each.from.map(({ name }) => name) } : {
      ...{ name: each.name, raw: false, from: each.from.map(({ name }) => name) },
      follows: followed(each.from, each.handles),
      key: each.keyColumn,
      keyedByActor: each.keyedByActor,
      columns: each.columns.map(({ name, type }) => ({ name, type })),
    }
  ),
  queries: app.queries.map(({ query: { name, parameters } }) => ({ name, parameters })),
})

/** A policy, and the contract of the actors that it asked. */
export interface Sending {
  readonly policy: string
  readonly contract: string
}

/**
 * Which policies have asked which actors lately. Handlers are functions, so only the log tells:
 * the latest commits of each context are read.
 */
export const sendings = async ({ app, feed }: Workplace): Promise<readonly Sending[]> => {
  const log = await feed()
  const contracts = new Map(app.actors.map(({ contract }) => [contract.name, contract]))
  const found = new Map<string, Sending>()
  for (const context of app.contexts) {
    const last = await log.last(context) ?? 0
    if (last === 0) continue
    const begin = Math.max(0, last - READ.senders)
    const cursor = await log.open({ [context]: begin })
    try {
      for (let at = begin; at < last;) {
        for (const message of await cursor.next(READ.senders)) {
          at = message.sequence
          const read = readMessage(message, contracts, () => false)
          if (read.kind !== "commit") continue
          for (const { command } of read.commit.events) {
            const sender = policyOf(command)
            if (!sender) continue
            const sending = { policy: sender.policy, contract: read.contract.name }
            found.set(`${sending.policy} ${sending.contract}`, sending)
          }
        }
      }
    } finally {
      cursor.close()
    }
  }
  return [...found.values()]
}
