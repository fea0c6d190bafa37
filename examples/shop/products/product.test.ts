/** Tests of products and the catalogue. */
import { given, happened, test } from "leftfold/testing"
import { Stock } from "../stock/contract.ts"
import { Catalogue } from "./catalogue.ts"
import { Products } from "./contract.ts"
import { Product } from "./product.ts"

const { AddProduct, ChangePrice, RetireProduct } = Products.commands
const { ProductAdded, PriceChanged, ProductRetired } = Products.events
const { AlreadyAdded, NotForSale } = Products.rejections

const added = ProductAdded({ name: "Tea", price: 450 })
const retired = ProductRetired()

test("a product is added once, even if it is retired", () => {
  const add = AddProduct({ name: "Tea", price: 450 })
  given(Product).when(add).then(added)
  given(Product, added).when(add).thenRejected(AlreadyAdded())
  given(Product, added, retired).when(add).thenRejected(AlreadyAdded())
})

test("the price of what is for sale can be changed", () => {
  given(Product, added).when(ChangePrice({ price: 500 })).then(PriceChanged({ price: 500 }))
  given(Product, added).when(ChangePrice({ price: 450 })).thenNothing()
  given(Product).when(ChangePrice({ price: 450 })).thenRejected(NotForSale())
  given(Product, added, retired).when(ChangePrice({ price: 1 })).thenRejected(NotForSale())
})

test("a product is retired once", () => {
  given(Product, added).when(RetireProduct()).then(retired)
  given(Product, added, retired).when(RetireProduct()).thenNothing()
})

test("the catalogue joins products and stock, whichever is first", () => {
  const { StockReceived, StockReserved, StockReleased, StockReturned } = Stock.events
  const of = { order: "o-1", quantity: 2 }
  const stock = [StockReceived({ quantity: 5 }), StockReserved(of), StockReleased(of)]
  const moves = [...stock, StockReserved(of), StockReturned({ order: "o-1", quantity: 1 })]
  const events = [...moves, added, PriceChanged({ price: 500 })]
  const row = { sku: "tea", name: "Tea", price: 500, forSale: true, available: 4 }
  given(Catalogue, ...events.map((event) => happened("tea", event))).thenRow("tea", row)
  const late = [added, PriceChanged({ price: 500 }), ...moves, retired]
  given(Catalogue, ...late.map((event) => happened("tea", event)))
    .thenRow("tea", { ...row, forSale: false })
})
