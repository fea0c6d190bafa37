/** Tests of the SQL that makes a view, word for word. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { Projection } from "../projection.ts"
import { indexDefinition, tableDefinition, tableName } from "./view-sql.ts"

const OrderList = Projection.define("orders.order-list", {
  from: [],
  row: {
    id: Schema.String,
    number: Schema.BigInt,
    customer: Schema.String,
    placed: Schema.Date,
    lines: Schema.Array(Schema.Struct({ sku: Schema.String })),
    tags: Schema.Array(Schema.String),
    rating: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 }))),
  },
  key: "id",
  indexes: ["customer", ["customer", "placed"], { columns: ["number"], unique: true }],
  on: {},
})

test("the table of a projection is as one would have written it", () => {
  assert.equal(
    [
      tableDefinition({ ...OrderList, table: tableName(OrderList, 3) }),
      ...OrderList.indexes.map((index) => indexDefinition(OrderList, 3, index).statement),
    ].join(";\n"),
    `create table "orders"."order_list__3" (
  "id" text not null,
  "number" numeric not null,
  "customer" text not null,
  "placed" timestamptz not null,
  "lines" jsonb not null,
  "tags" text[] not null,
  "rating" integer,
  primary key ("id")
);
create index "order_list__3 by customer" on "orders"."order_list__3" ("customer");
create index "order_list__3 by customer, placed" on "orders"."order_list__3" ("customer", "placed");
alter table "orders"."order_list__3"
  add constraint "order_list__3 unique by number" unique ("number") deferrable initially deferred`,
  )
})
