/** Tests that a view is compared with the log and repaired while it is written, on real servers. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { createNamespace } from "../../testing/namespace.ts"
import { Boxes, BoxList, Put, sums } from "../fixtures/boxes.ts"
import type { Scope } from "../log/feed.suite.ts"
import type { Drift } from "../store/drift.ts"
import { Projection } from "../projection.ts"
import type { Store } from "../store/store.ts"
import { boxEvent, boxEvents, Warehouse } from "../fixtures/reconciled.ts"
import { until } from "../../testing/until.ts"

const BOXES = 5_000

const drifted = (key: string, kind: Drift["kind"], rest: Partial<Drift> = {}): Drift => ({
  key,
  kind,
  columns: [],
  last: undefined,
  failure: undefined,
  ...rest,
})

/** Makes every kind of drift in a stocked warehouse; returns the drift in the order of the keys. */
const makeDrift = async ({ sql }: Warehouse): Promise<readonly Drift[]> => {
  await sql`update boxes.box_list set count = count + 1 where id = 'b-17'`
  await sql`update boxes.box_list set puts = 0, last = 0 where id = 'b-18'`
  await sql`delete from boxes.box_list where id = 'b-19'`
  await sql`insert into boxes.box_list (id, count, puts, last) values ('invented', 1, 1, 1)`
  await sql`insert into boxes.box_list (id, count, puts, last) values ('b-20', 1, 1, 1)`
  const last = (sequence: number) => ({ last: { context: "boxes", sequence } })
  return [
    drifted("b-17", "different", { columns: ["count"], ...last(BOXES + 18) }),
    drifted("b-18", "different", { columns: ["puts", "last"], ...last(BOXES + 19) }),
    drifted("b-19", "missing", last(BOXES + 20)),
    drifted("b-20", "extra", last(2 * BOXES + 1)),
    drifted("invented", "extra"),
  ]
}

const opened = async (t: Scope) => Warehouse.open(t, await createNamespace())

const stocked = async (t: Scope): Promise<Warehouse> => {
  const warehouse = await opened(t)
  await warehouse.write(boxEvents(0, BOXES))
  await warehouse.write(boxEvents(0, BOXES))
  await warehouse.write([boxEvent(20, "remove")])
  return warehouse
}

test("drift is found exactly while events are folded, and is gone after a repair", async (t) => {
  const warehouse = await stocked(t)
  await warehouse.start()
  assert.deepEqual((await warehouse.compare()).drift, [])
  const expected = await makeDrift(warehouse)
  const told = warehouse.told(expected.map(({ key }) => key))
  const { rows, drift, repaired } = await warehouse.compare({
    repair: true,
    whileComparing: async () => {
      await warehouse.append(boxEvents(1_000, 2_000))
      await warehouse.append(boxEvents(1_000, 500, "remove"))
      await warehouse.append(boxEvents(BOXES, 500))
    },
    beforeRepair: () => warehouse.append(boxEvents(2_000, 2_000)),
  })
  assert.equal(rows, BOXES)
  assert.deepEqual(drift, expected)
  assert.deepEqual(repaired, { rows: 5, unrepaired: [] })
  await told
  await warehouse.append(boxEvents(0, 100))
  assert.deepEqual((await warehouse.compare()).drift, [])
  await warehouse.check()
})

const atDrifted = [17, 18, 19, 20].map((box) => boxEvent(box))
  .concat({ contract: Boxes, id: "invented", event: Put({ count: 3 }) })

test("a repair includes events that came meanwhile, and no worker undoes it", async (t) => {
  const warehouse = await stocked(t)
  const running = await warehouse.start()
  await running.stop()
  const expected = await makeDrift(warehouse)
  await warehouse.start()
  // Now the worker's memory holds the wrong rows.
  await warehouse.append(atDrifted)
  const { drift, repaired } = await warehouse.compare({
    repair: true,
    beforeRepair: () => warehouse.append(atDrifted),
  })
  // An actor without an event has no row, whatever the view says.
  const left = expected.map(({ key }) => key).filter((key) => key !== "invented")
  assert.deepEqual(drift.map(({ key }) => key), left)
  assert.deepEqual(repaired, { rows: 4, unrepaired: [] })
  await warehouse.append(atDrifted)
  await warehouse.check()
  assert.deepEqual((await warehouse.compare()).drift, [])
})

/** The list of boxes, folded by a handler that may throw. */
const picky = (check: (puts: number, count: number) => void) =>
  Projection.define("boxes.box-list", {
    from: [Boxes],
    row: BoxList.row,
    key: "id",
    on: {
      Put: (row, { count }, meta) => {
        check(row?.puts ?? 0, count)
        return BoxList.fold(row, Put({ count }), meta) as typeof row
      },
    },
  })

const refuse = (refused: boolean) => {
  if (refused) throw new Error("no")
}

test("parked events are not drift, and stay parked when their row is repaired", async (t) => {
  const projection = picky((_, count) => refuse(count === 13))
  const warehouse = await opened(t)
  await warehouse.write(boxEvents(0, 100))
  await warehouse.write([13, 14].map((box) => ({ ...boxEvent(13), id: `b-${box}` })))
  await warehouse.write(boxEvents(0, 100))
  await warehouse.start(projection)
  assert.deepEqual((await warehouse.compare({ projection })).drift, [])
  await warehouse.sql`update boxes.box_list set puts = 7 where id = 'b-14'`
  const { drift, repaired } = await warehouse.compare({ projection, repair: true })
  const last = { context: "boxes", sequence: 15 }
  assert.deepEqual(drift, [drifted("b-14", "different", { columns: ["puts"], last })])
  assert.deepEqual(repaired, { rows: 1, unrepaired: [] })
  const { parkedKeys, parkedEvents } = await warehouse.store.serving(projection.name)
  assert.deepEqual({ parkedKeys, parkedEvents }, { parkedKeys: 2, parkedEvents: 5 })
  assert.deepEqual((await warehouse.compare({ projection })).drift, [])
})

test("a row is no drift whose event is of the same stored event as a parked one", async (t) => {
  const projection = sums(8)
  const warehouse = await opened(t)
  await warehouse.write([7, 9].map((count) => ({ ...boxEvent(1), event: Put({ count }) })))
  await warehouse.start(projection)
  assert.equal((await warehouse.store.serving(projection.name)).parkedEvents, 1)
  assert.deepEqual((await warehouse.compare({ projection })).drift, [])
})

test("a row with an event parked since the comparison is not repaired", async (t) => {
  const projection = picky((puts) => refuse(puts === 1_000))
  const warehouse = await opened(t)
  await warehouse.write(boxEvents(0, 100))
  const running = await warehouse.start(projection)
  await running.stop()
  await warehouse.sql`update boxes.box_list set puts = 1000 where id = 'b-7'`
  await warehouse.start(projection)
  const { drift, repaired } = await warehouse.compare({
    projection,
    repair: true,
    beforeRepair: () => warehouse.append([boxEvent(7)], projection),
  })
  assert.deepEqual(drift.map(({ key }) => key), ["b-7"])
  assert.deepEqual(repaired?.unrepaired.map(({ key }) => key), ["b-7"])
  const again = await warehouse.compare({ projection, repair: true })
  assert.deepEqual(again.repaired, { rows: 1, unrepaired: [] })
  const [row] = await warehouse.sql`select puts from boxes.box_list where id = 'b-7'`
  assert.equal(Number(row?.puts), 1)
})

test("a row that this program cannot fold is named with the event, and not changed", async (t) => {
  const warehouse = await opened(t)
  await warehouse.write(boxEvents(0, 100))
  await warehouse.write(boxEvents(0, 10))
  await warehouse.start()
  await warehouse.sql`update boxes.box_list set count = 0 where id = 'b-50'`
  const projection = picky((puts, count) => refuse(puts === 1 && count === 7))
  const { drift, repaired } = await warehouse.compare({ projection, repair: true })
  const failure = { context: "boxes", sequence: 108, index: 0, reason: "Error: no" }
  assert.deepEqual(drift, [
    drifted("b-50", "different", {
      columns: ["count"],
      last: { context: "boxes", sequence: 51 },
    }),
    drifted("b-7", "failed", { columns: ["count", "puts", "last"], last: drift[1]?.last, failure }),
  ])
  assert.deepEqual(drift[1]?.last, { context: "boxes", sequence: 8 })
  assert.deepEqual(repaired, {
    rows: 1,
    unrepaired: [{ key: "b-7", reason: "it cannot be folded: Error: no" }],
  })
  await warehouse.check()
})

test("each lane is compared at its own position, even after a change of lanes", async (t) => {
  const warehouse = await opened(t)
  await warehouse.write(boxEvents(0, 1_000))
  const first = await warehouse.start()
  await first.stop()
  const ofSomeLanes: Store = {
    ...warehouse.store,
    save: (generation, changes, before, after) =>
      before.lane < 2
        ? Promise.resolve(before.revision)
        : warehouse.store.save(generation, changes, before, after),
  }
  await warehouse.write(boxEvents(0, 1_000))
  const second = await warehouse.start(BoxList, ofSomeLanes)
  await second.stop()
  const ahead = async () => {
    const { lanes } = await warehouse.store.serving(BoxList.name)
    return lanes.map(({ positions }) => positions.boxes)
  }
  assert.deepEqual(await ahead(), [1_000, 1_000, 2_000, 2_000])
  assert.deepEqual((await warehouse.compare()).drift, [])
  await warehouse.store.claim({ ...BoxList, lanes: 3 })
  assert.deepEqual(await ahead(), [1_000, 1_000, 2_000])
  assert.deepEqual((await warehouse.compare()).drift, [])
})

test("columns of every kind are compared as they were written", async (t) => {
  const row = {
    id: Schema.String,
    whole: Schema.Int,
    real: Schema.Finite,
    any: Schema.Number,
    truth: Schema.Boolean,
    when: Schema.Date,
    maybe: Schema.optionalKey(Schema.Int),
    or_null: Schema.NullOr(Schema.String),
    nested: Schema.Struct({ list: Schema.Array(Schema.Finite) }),
    texts: Schema.Array(Schema.String),
    big: Schema.BigInt,
  }
  const projection = Projection.define("boxes.every-column", {
    from: [Boxes],
    row,
    key: "id",
    on: {
      Put: (_, { count }, { id, sequence }) => ({
        id,
        whole: count,
        real: count / 3,
        any: count === 0 ? Infinity : -count / 7,
        truth: count % 2 === 0,
        when: new Date(1e12 + sequence),
        ...(count % 2 === 0 ? { maybe: count } : {}),
        or_null: count % 3 === 0 ? null : `"${count}"`,
        nested: { list: [count, count / 9] },
        texts: ["a", "{}", "", "NULL"].slice(0, count % 5),
        big: 10n ** BigInt(count % 40),
      }),
    },
  })
  const warehouse = await opened(t)
  await warehouse.write(boxEvents(0, 500))
  await warehouse.start(projection)
  assert.deepEqual((await warehouse.compare({ projection })).drift, [])
  await warehouse.sql`
    update boxes.every_column set maybe = 1, nested = nested || '{"x": 1}', texts = array['b']
    where id = 'b-21'`
  const { drift } = await warehouse.compare({ projection, repair: true })
  assert.deepEqual(drift.map(({ columns }) => columns), [["maybe", "nested", "texts"]])
  assert.deepEqual((await warehouse.compare({ projection })).drift, [])
})

test("a row is repaired even if an extra row holds its unique value", async (t) => {
  const projection = Projection.define("boxes.box-list", {
    from: [Boxes],
    row: BoxList.row,
    key: "id",
    indexes: [{ columns: ["last"], unique: true }],
    on: { Put: (row, data, meta) => BoxList.fold(row, Put(data), meta) as typeof row },
  })
  const warehouse = await opened(t)
  await warehouse.write(boxEvents(0, 3_000))
  await warehouse.start(projection)
  await warehouse.sql`update boxes.box_list set count = count + 1`
  await warehouse.sql`delete from boxes.box_list where id = 'b-0'`
  await warehouse.sql`insert into boxes.box_list (id, count, puts, last) values ('z', 0, 0, 1)`
  const { repaired } = await warehouse.compare({ projection, repair: true })
  assert.deepEqual(repaired, { rows: 3_001, unrepaired: [] })
  assert.deepEqual((await warehouse.compare({ projection })).drift, [])
})

test("a view that another version has folded is not compared", async (t) => {
  const warehouse = await opened(t)
  await assert.rejects(warehouse.compare(), /has not been made yet/)
  await warehouse.start()
  const projection = { ...BoxList, version: "another" }
  await assert.rejects(warehouse.compare({ projection }), /another/)
})

test("a comparison that loses its session says so and leaves nothing behind", async (t) => {
  const warehouse = await stocked(t)
  await warehouse.start()
  const shadows = async () => {
    const [found] = await warehouse.sql<{ count: number }[]>`
      select count(*)::int as count from pg_class where relname in ('seen', 'shadow', 'aside')`
    return found?.count
  }
  const comparing = warehouse.compare({
    whileComparing: async () => {
      assert.equal(await shadows(), 3)
      await warehouse.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'leftfold reconcile boxes.box-list'`
    },
  })
  await assert.rejects(comparing, { _tag: "Unavailable" })
  await until(async () => await shadows() === 0)
  assert.deepEqual((await warehouse.compare()).drift, [])
})
