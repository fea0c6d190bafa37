/** Tests of the roles of Postgres: the owner of the views can work, and readers can only read. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { test } from "../../testing/test.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { ownUsers } from "../../testing/own-users.ts"
import { runSql } from "../../testing/run-sql.ts"
import { DATABASE_ROLES, databaseRoles, databaseUrlsOf } from "./database-roles.ts"
import { library, Loans } from "../fixtures/library.ts"
import { App } from "../mod.ts"

const { Lend } = Loans.commands

/** The address of a database for one of its roles. */
const urlFor = (url: string, role: keyof typeof DATABASE_ROLES): string => {
  const address = new URL(url)
  address.username = DATABASE_ROLES[role]
  return address.href
}

/** Runs the library until it has lent something and its views show that. */
const lent = async (t: TestContext, databaseUrl: string): Promise<void> => {
  const { addresses, refusals } = await ownUsers(t, library, databaseUrl)
  const app = await App.start(library, { ...addresses, port: 0 })
  try {
    const answer = await app.client.ask(Loans, "l-1", Lend({ to: "ada" }))
    assert.ok(answer.kind === "accepted")
    await app.caughtUp(answer)
    assert.deepEqual(await refusals(), [])
  } finally {
    await app.stop()
  }
}

test("the roles for queries and for people read the views, and can write nothing", async (t) => {
  const { databaseUrl } = await createNamespace()
  await lent(t, databaseUrl)
  for (const role of ["queries", "reader"] as const) {
    const url = urlFor(databaseUrl, role)
    const rows = await runSql(url, `select id, "to" from library.loan_list`)
    assert.deepEqual(rows.map((row) => ({ ...row })), [{ id: "l-1", to: "ada" }])
    const forbidden = [
      "delete from library.loan_list",
      "update library.loan_list__1 set id = 'x'",
      "insert into leftfold.projection (name) values ('x')",
      "truncate leftfold.lane",
      "drop table library.loan_list__1",
      "drop view library.loan_list",
      "alter table library.loan_list__1 add column more text",
      "create table library.mine (id text)",
      "create table public.mine (id text)",
      "create schema mine",
    ]
    for (const statement of forbidden) {
      await assert.rejects(runSql(url, statement), /permission denied|must be owner/, statement)
    }
  }
})

test("the role that owns the views can do nothing outside of them", async (t) => {
  const { databaseUrl } = await createNamespace()
  await runSql(databaseUrl, "create schema payroll; create table payroll.wage (amount int)")
  await lent(t, databaseUrl)
  const url = databaseUrlsOf(databaseUrl).databaseUrl
  const forbidden = [
    "select * from payroll.wage",
    "create table payroll.mine (id text)",
    "create table public.mine (id text)",
    "create role mine",
    "create database mine",
    "select * from pg_authid",
  ]
  for (const statement of forbidden) {
    await assert.rejects(runSql(url, statement), /permission denied/, statement)
  }
})

test("views that existed before the roles keep working, and roles can be made twice", async (t) => {
  const { natsUrl, databaseUrl } = await createNamespace()
  const before = await App.start(library, { natsUrl, databaseUrl, port: 0 })
  const answer = await before.client.ask(Loans, "l-0", Lend({ to: "bob" }))
  assert.ok(answer.kind === "accepted")
  await before.caughtUp(answer)
  await before.stop()
  for (let time = 0; time < 2; time++) await runSql(databaseUrl, databaseRoles(library))
  const after = await App.start(library, { natsUrl, ...databaseUrlsOf(databaseUrl), port: 0 })
  t.after(() => after.stop())
  const again = await after.client.ask(Loans, "l-1", Lend({ to: "bob" }))
  assert.ok(again.kind === "accepted")
  await after.caughtUp(again)
  const reader = urlFor(databaseUrl, "reader")
  const rows = await runSql(reader, "select id from library.loan_list order by id")
  assert.deepEqual(rows.map((row) => ({ ...row })), [{ id: "l-0" }, { id: "l-1" }])
})
