/** Answers which products are for sale. */
import { QueryHandler } from "leftfold/projections"
import { Catalogue } from "./catalogue.ts"
import { ProductsForSale } from "./contract.ts"

/** The products that are for sale, ordered by name. */
export const productsForSale = QueryHandler.rows(ProductsForSale, Catalogue, {
  where: () => ({ forSale: true }),
  orderBy: ["name", "sku"],
  limit: 1_000,
})
