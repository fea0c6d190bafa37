/** Answers what there is to buy. */
import { QueryHandler } from "leftfold/projections"
import { Catalogue } from "./catalogue.ts"
import { ProductsForSale } from "./contract.ts"

/** The products that are for sale, by name. */
export const productsForSale = QueryHandler.rows(ProductsForSale, Catalogue, {
  where: () => ({ forSale: true }),
  orderBy: ["name", "sku"],
  limit: 1_000,
})
