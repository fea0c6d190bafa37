/** The Protobuf numbers of products.product, written by leftfold schema proto: do not edit. */
export const numbers = JSON.parse(String.raw`{
  "messages": {
    "AddProduct": { "fields": [
        {"number":1,"name":"name","kind":"string"},
        {"number":2,"name":"price","kind":"int64"}
      ] },
    "ChangePrice": { "fields": [
        {"number":1,"name":"price","kind":"int64"}
      ] },
    "RetireProduct": { "fields": [] },
    "ProductAdded": { "fields": [
        {"number":1,"name":"name","kind":"string"},
        {"number":2,"name":"price","kind":"int64"}
      ] },
    "PriceChanged": { "fields": [
        {"number":1,"name":"price","kind":"int64"}
      ] },
    "ProductRetired": { "fields": [] },
    "AlreadyAdded": { "fields": [] },
    "NotForSale": { "fields": [] }
  }
}`)
