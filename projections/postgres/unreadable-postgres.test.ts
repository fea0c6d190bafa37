/** Postgres keeps unreadable messages as the memory twin does. */
import { createNamespace } from "../../testing/namespace.ts"
import { BoxList } from "../fixtures/boxes.ts"
import { unreadableSuite } from "../store/unreadable.suite.ts"
import { postgresStore } from "./store-postgres.ts"

unreadableSuite(async (scope) => {
  const store = postgresStore((await createNamespace()).databaseUrl)
  scope.after(() => store.close())
  await store.claim(BoxList)
  return store
})
