/**
 * The shop with all its roles in this process, on a nats-server with the users of users.conf. One
 * more user hears everything that is published.
 */
import { randomBytes } from "node:crypto"
import { databaseRoles, databaseUrlsOf } from "../../../app/operations/database-roles.ts"
import { natsUrlsOf, passwordsFor } from "../../../app/operations/nats-users.ts"
import type { User } from "../../../app/operations/users.ts"
import { runSql } from "../../../app/development/postgres/run-sql.ts"
import { App, type StartedApp, type StartOptions } from "../../../app/mod.ts"
import { shop } from "../../../examples/shop/main.ts"
import { Visitor } from "../../../examples/shop/fixtures/visitor.ts"
import { createNamespace } from "../../../testing/namespace.ts"
import { ownNats } from "../../../testing/own-servers.ts"
import type { TestScope } from "../../../testing/temporary-folder.ts"
import { usersOf } from "../guarded-shop.ts"
import { RawNats, textOf } from "./raw-nats.ts"

const SPY = "spy"

/** Attackers get past the rules, as somebody on the staff would; processes trust each other. */
export const IDENTITY = { developmentUser: true, principalKeys: [randomBytes(32).toString("hex")] }

/** The current state of a stream. */
export interface StreamState {
  readonly lastSequence: number
  readonly consumers: number
}

/** The shop, and bare sockets to its server. */
export class SpiedShop {
  readonly app: StartedApp
  readonly visitor: Visitor
  readonly addresses: {
    readonly natsUrl: string
    readonly natsUrls: ReturnType<typeof natsUrlsOf>
  }
  readonly #port: number
  readonly #passwords: Readonly<Record<string, string>>
  readonly #scope: TestScope
  #questions = 0

  private constructor(
    app: StartedApp,
    port: number,
    passwords: Readonly<Record<string, string>>,
    addresses: SpiedShop["addresses"],
    scope: TestScope,
  ) {
    this.app = app
    this.visitor = new Visitor(app)
    this.#port = port
    this.#passwords = passwords
    this.addresses = addresses
    this.#scope = scope
  }

  /** Starts the shop. Everything is stopped after the test. */
  static async start(
    scope: TestScope,
    identity: Pick<StartOptions, "principalKeys" | "developmentUser"> = IDENTITY,
  ): Promise<SpiedShop> {
    const random = () => `p${randomBytes(12).toString("hex")}`
    const [passwords, password] = [passwordsFor(random), random()]
    const { authorization } = await usersOf(passwords) as {
      readonly authorization: { readonly users: readonly object[] }
    }
    const users = [...authorization.users, { user: SPY, password }]
    const { url, port } = await ownNats(scope, { config: { authorization: { users } } })
    const { databaseUrl } = await createNamespace()
    await runSql(databaseUrl, databaseRoles(shop))
    const addresses = { natsUrl: url, natsUrls: natsUrlsOf(url, passwords) }
    const databases = databaseUrlsOf(databaseUrl)
    const app = await App.start(shop, { ...addresses, ...databases, port: 0, ...identity })
    scope.after(() => app.stop())
    return new SpiedShop(app, port, { ...passwords, [SPY]: password }, addresses, scope)
  }

  /** A socket of a user. The user `spy` hears everything. */
  async as(user: User | typeof SPY): Promise<RawNats> {
    const nats = await RawNats.connect(this.#port, { user, pass: this.#passwords[user] })
    this.#scope.after(() => Promise.resolve(nats.close()))
    if (user === SPY) nats.subscribe(">")
    await nats.flush()
    return nats
  }

  /** Asks as the user `admin`; resolves to the answer. */
  async ask(subject: string, payload = ""): Promise<Record<string, unknown>> {
    const admin = this.#admin ??= this.as("admin")
    const reply = `_INBOX_admin.question.${this.#questions++}`
    const answer = await (await admin).request({ subject, payload, reply })
    if (!answer) throw new Error(`${subject} was not answered`)
    return JSON.parse(textOf(answer))
  }

  #admin: Promise<RawNats> | undefined

  /** The node that hosts all actors. */
  async node(): Promise<string> {
    return String((await this.ask("$SRV.PING.stock")).id)
  }

  /** How many answers all roles have refused to send since they started. */
  async refused(): Promise<number> {
    const roles = ["actors", "projections", "policies"]
    const all = roles.map((role) => this.ask(`qry.leftfold.${role}.orders`))
    return (await Promise.all(all)).reduce(
      (sum, { refusedReplies }) => sum + Number(refusedReplies),
      0,
    )
  }

  /** All streams by name. */
  async streams(): Promise<Readonly<Record<string, StreamState>>> {
    const { streams } = await this.ask("$JS.API.STREAM.LIST", "{}") as {
      readonly streams: readonly {
        readonly config: { readonly name: string }
        readonly state: { readonly last_seq: number; readonly consumer_count: number }
      }[]
    }
    return Object.fromEntries(
      streams.map(({ config, state: { last_seq, consumer_count } }) =>
        [config.name, { lastSequence: last_seq, consumers: consumer_count }] as const
      ),
    )
  }

  /** The settings of a consumer. */
  async consumer(stream: string, name: string): Promise<unknown> {
    return (await this.ask(`$JS.API.CONSUMER.INFO.${stream}.${name}`)).config
  }
}
