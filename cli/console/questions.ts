/** What can be asked about a running application, by the console and by agents. */
import { Schema } from "effect"
import { natsJournal, natsSnapshots, rehearse } from "../../actors/internal.ts"
import { actorIds, askRoles, flow, openInsight, totalHealth, why } from "../../app/internal.ts"
import { historyName } from "../../wire/internal.ts"
import { actorOf, contractOf, foldedOf, projectionOf } from "../application.ts"
import type { Workplace } from "../leftfold.ts"
import { parkedJson } from "../parked.ts"
import { timersJson } from "../policies/timers.ts"
import { describeViews } from "../projections.ts"
import { operatorClient } from "../shell/client.ts"
import { describe, sendings } from "./language.ts"
import { READ } from "./limits.ts"
import { type Question, reading } from "./question.ts"

const text = Schema.String
const maybe = Schema.optionalKey
const whole = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

const WITHIN_MS = 2_000

const asked = async (place: Workplace, name: string, params: object) =>
  await (await operatorClient(place)).queryPlain(name, params)

const insightOf = async ({ app, wire, feed, store }: Workplace) =>
  openInsight(app, await wire(), await feed(), store)

const RAW = "its rows have no keys, so nothing tells which events made them"

/** The ids of actors that contain a text, up to `READ.actors` of them. */
const actors = async (place: Workplace, name: string, part: string) => {
  const found: { readonly id: string; readonly commits: number }[] = []
  let searched = 0
  for await (const page of actorIds(await place.wire(), contractOf(place.app, name))) {
    searched += page.length
    found.push(...page.filter(({ id }) => id.includes(part)))
    if (found.length >= READ.actors || searched >= READ.searched) {
      return { actors: found.slice(0, READ.actors), more: true }
    }
  }
  return { actors: found, more: false }
}

/** All questions that only read, by name. */
export const QUESTIONS: Readonly<Record<string, Question>> = {
  describe: reading(
    "The contracts with the schemas of their messages, the policies and what they follow, the " +
      "views and the queries of the application.",
    {},
    ({ place }) => Promise.resolve(describe(place)),
  ),
  sendings: reading(
    "Which policies have lately asked which actors.",
    {},
    async ({ place }) => ({ sendings: await sendings(place) }),
  ),
  overview: reading(
    "How the application is now: logs, commands, views and their lag, what is parked, nodes.",
    {},
    ({ overview }) => overview.look(),
  ),
  health: reading(
    "The health of all roles, as they report it.",
    {},
    async ({ place }) => totalHealth(await askRoles(place.app, await place.wire(), WITHIN_MS)),
  ),
  actors: reading(
    "Ids of actors of a contract that contain a text.",
    { contract: text, part: maybe(text) },
    ({ place }, { contract, part = "" }) => actors(place, contract, part),
  ),
  state: reading(
    "The state of an actor, now, at a version or at a time.",
    { contract: text, id: text, version: maybe(whole), at: maybe(text) },
    async ({ place }, { contract, ...params }) =>
      (await asked(place, contractOf(place.app, contract).name, params)).result,
  ),
  history: reading(
    "The events of an actor after a version, oldest first, a page at a time.",
    { contract: text, id: text, after: maybe(whole), limit: maybe(whole) },
    async ({ place }, { contract, ...params }) =>
      (await asked(place, historyName(contractOf(place.app, contract).name), params)).result,
  ),
  query: reading(
    "A query with its parameters, or a view with the key of a row.",
    { name: text, params: Schema.Record(text, Schema.Unknown) },
    ({ place }, { name, params }) => asked(place, name, params),
  ),
  why: reading(
    "Why a row of a view is as it is: its changes, the events that give the value of a column, " +
      "and the commands, policies and callers behind them.",
    { view: text, key: text, column: maybe(text), at: maybe(text), scan: maybe(Schema.Boolean) },
    async ({ place }, { view, ...params }) => {
      const projection = foldedOf(place.app, view, RAW)
      return await why(await insightOf(place), { ...params, projection })
    },
  ),
  flow: reading(
    "What came of a command, by a position such as orders:17, or the id of a command: a tree in " +
      "time, with the timers that still wait.",
    { of: text, scan: maybe(Schema.Boolean) },
    async ({ place }, params) => await flow(await insightOf(place), params),
  ),
  would: reading(
    "What a command would do, at today's state or at a version; nothing is stored.",
    {
      contract: text,
      id: text,
      command: text,
      fields: maybe(Schema.Record(text, Schema.Unknown)),
      version: maybe(whole),
    },
    async ({ place }, { contract, fields = {}, ...params }) => {
      const wire = await place.wire()
      return await rehearse({
        ...params,
        ...{ fields, journal: natsJournal(wire), snapshots: natsSnapshots(wire) },
        actor: actorOf(place.app, contract),
      })
    },
  ),
  views: reading(
    "Every generation of every view: state, version, rows, checkpoint, lag, parked.",
    {},
    async ({ place }) => ({ views: await describeViews(place) }),
  ),
  lag: reading(
    "Every generation of one view, with how far it is behind the log.",
    { view: text },
    async ({ place }, { view }) => {
      const { name } = projectionOf(place.app, view)
      return { views: (await describeViews(place)).filter((each) => each.name === name) }
    },
  ),
  parked: reading(
    "What is parked in views and policies, and why.",
    {},
    ({ place }) => parkedJson(place),
  ),
  timers: reading(
    "The timers that wait, what they will ask, and what speaks against them.",
    { policy: maybe(text) },
    async ({ place }, { policy }) => ({ timers: await timersJson(place, policy) }),
  ),
}
