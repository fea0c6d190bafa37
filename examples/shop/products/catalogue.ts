/** The catalogue: the products, their prices, and how many are available. */
import type { Schema } from "effect"
import { Projection } from "leftfold/projections"
import { Stock } from "../stock/contract.ts"
import { CatalogueRow, Products } from "./contract.ts"

type Entry = Schema.Struct.Type<typeof CatalogueRow>

/** Stock can know an item before it is a product. */
const unknown = (sku: string): Entry => ({ sku, name: "", price: 0, forSale: false, available: 0 })

const moved = (direction: 1 | -1) =>
(
  entry: Entry | undefined,
  { quantity }: { readonly quantity: number },
  { id }: { readonly id: string },
): Entry => {
  const { available, ...rest } = entry ?? unknown(id)
  return { ...rest, available: available + direction * quantity }
}

/** One row per product; items in stock have the SKU of their product. */
export const Catalogue = Projection.define("products.catalogue", {
  from: [Products, Stock],
  row: CatalogueRow,
  key: "sku",
  on: {
    ProductAdded: (entry, { name, price }, { id }) => ({
      ...(entry ?? unknown(id)),
      ...{ name, price, forSale: true },
    }),
    PriceChanged: (entry, { price }) => entry && { ...entry, price },
    ProductRetired: (entry) => entry && { ...entry, forSale: false },
    StockReceived: moved(1),
    StockReserved: moved(-1),
    StockReleased: moved(1),
    StockReturned: moved(1),
  },
})
