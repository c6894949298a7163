// A shop like the one Osier is measured with: Germany in euro, one shipping method, a payment that always succeeds, and
// products synthetic-0 to synthetic-59 with plenty of units; synthetic-60 has fifty.
const { writeFileSync } = require("node:fs");
const { bootstrap } = require("@vendure/core");
const { populate } = require("@vendure/core/cli");
const { config } = require("./config.js");

const data = {
  defaultLanguage: "en", defaultZone: "Europe",
  countries: [{ name: "Germany", code: "DE", zone: "Europe" }],
  taxRates: [{ name: "Standard Tax", percentage: 19 }],
  shippingMethods: [{ name: "Standard Shipping", price: 500 }],
  paymentMethods: [{
    name: "Dummy",
    handler: { code: "dummy-payment-handler", arguments: [{ name: "automaticSettle", value: "true" }] },
  }],
  collections: [],
};

const head = "name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,stockOnHand,trackInventory,"
  + "variantAssets,variantFacets";
const rows = Array.from({ length: 61 }, (_, i) =>
  `Vase ${i},synthetic-${i},A vase,,,,,SYN-${i},24.00,standard,${i === 60 ? 50 : 1000000},true,,`);
writeFileSync("products.csv", [head, ...rows, ""].join("\n"));

populate(() => bootstrap({ ...config, importExportOptions: { importAssetsDir: __dirname } }), data, "products.csv")
  .then((app) => app.close())
  .then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
