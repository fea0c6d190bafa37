/** The Protobuf numbers of stock.item, written by leftfold schema proto: do not edit. */
export const numbers = JSON.parse(String.raw`{
  "messages": {
    "ReceiveStock": { "fields": [
        {"number":1,"name":"quantity","kind":"int64"}
      ] },
    "ReserveStock": { "fields": [
        {"number":1,"name":"order","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"}
      ] },
    "ReleaseStock": { "fields": [
        {"number":1,"name":"order","kind":"string"}
      ] },
    "ShipStock": { "fields": [
        {"number":1,"name":"order","kind":"string"}
      ] },
    "ReturnStock": { "fields": [
        {"number":1,"name":"order","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"}
      ] },
    "StockReceived": { "fields": [
        {"number":1,"name":"quantity","kind":"int64"}
      ] },
    "StockReserved": { "fields": [
        {"number":1,"name":"order","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"}
      ] },
    "StockShort": { "fields": [
        {"number":1,"name":"order","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"},
        {"number":3,"name":"available","kind":"int64"}
      ] },
    "StockReleased": { "fields": [
        {"number":1,"name":"order","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"}
      ] },
    "StockShipped": { "fields": [
        {"number":1,"name":"order","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"}
      ] },
    "StockReturned": { "fields": [
        {"number":1,"name":"order","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"}
      ] }
  }
}`)
