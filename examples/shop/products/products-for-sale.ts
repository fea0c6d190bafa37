/** Answers what there is to buy. */
import { QueryHandler } from "leftfold/projections"
import { Catalogue } from "./catalogue.ts"
import { ProductsForSale } from "./contract.ts"

/** The products that are for sale, by name. */
export const productsForSale = QueryHandler.define(ProductsForSale, {
  from: [Catalogue],
  sql: (_, { sql, view }) =>
    sql`select * from ${view(Catalogue)} where "forSale" order by name, sku limit 1000`,
  memory: (_, { rows }) =>
    rows(Catalogue)
      .filter(({ forSale }) => forSale)
      .sort((one, other) => `${one.name} ${one.sku}` < `${other.name} ${other.sku}` ? -1 : 1),
})
