// A shop like the one Osier is measured with: a region in euro, one shipping option, manual payment, and products
// synthetic-0 to synthetic-59 with plenty of units; synthetic-60 has fifty. Prints the publishable key.
const { ContainerRegistrationKeys, Modules } = require("@medusajs/framework/utils");
const flows = require("@medusajs/medusa/core-flows");

const run = async (container, workflow, input) => (await workflow(container).run({ input })).result;

async function makeRegion(container, channel) {
  const stores = await container.resolve(Modules.STORE).listStores();
  await run(container, flows.updateStoresWorkflow, {
    selector: { id: stores[0].id },
    update: { supported_currencies: [{ currency_code: "eur", is_default: true }], default_sales_channel_id: channel.id },
  });
  const [region] = await run(container, flows.createRegionsWorkflow, {
    regions: [{ name: "Europe", currency_code: "eur", countries: ["de"], payment_providers: ["pp_system_default"] }],
  });
  await run(container, flows.createTaxRegionsWorkflow, [{ country_code: "de", provider_id: "tp_system" }]);
  return region;
}

async function makeShipping(container, channel, region) {
  const link = container.resolve(ContainerRegistrationKeys.LINK);
  const [location] = await run(container, flows.createStockLocationsWorkflow, {
    locations: [{ name: "Warehouse", address: { city: "Berlin", country_code: "DE", address_1: "Hauptstr. 1" } }],
  });
  await link.create({
    [Modules.STOCK_LOCATION]: { stock_location_id: location.id },
    [Modules.FULFILLMENT]: { fulfillment_provider_id: "manual_manual" },
  });
  const [profile] = await run(container, flows.createShippingProfilesWorkflow, { data: [{ name: "Default", type: "default" }] });
  const set = await container.resolve(Modules.FULFILLMENT).createFulfillmentSets({
    name: "Parcels", type: "shipping",
    service_zones: [{ name: "Germany", geo_zones: [{ country_code: "de", type: "country" }] }],
  });
  await link.create({
    [Modules.STOCK_LOCATION]: { stock_location_id: location.id },
    [Modules.FULFILLMENT]: { fulfillment_set_id: set.id },
  });
  await run(container, flows.createShippingOptionsWorkflow, [{
    name: "Parcel", price_type: "flat", provider_id: "manual_manual",
    service_zone_id: set.service_zones[0].id, shipping_profile_id: profile.id,
    type: { label: "Standard", description: "In three days.", code: "standard" },
    prices: [{ currency_code: "eur", amount: 5 }, { region_id: region.id, amount: 5 }],
    rules: [{ attribute: "enabled_in_store", value: "true", operator: "eq" },
            { attribute: "is_return", value: "false", operator: "eq" }],
  }]);
  await run(container, flows.linkSalesChannelsToStockLocationWorkflow, { id: location.id, add: [channel.id] });
  return { location, profile };
}

async function makeProducts(container, channel, location, profile) {
  const products = Array.from({ length: 61 }, (_, i) => ({
    title: `Vase ${i}`, handle: `synthetic-${i}`, status: "published", shipping_profile_id: profile.id,
    options: [{ title: "Size", values: ["Small"] }],
    variants: [{ title: "Small", sku: `SYN-${i}`, options: { Size: "Small" }, manage_inventory: true,
                 prices: [{ amount: 24, currency_code: "eur" }] }],
    sales_channels: [{ id: channel.id }],
  }));
  await run(container, flows.createProductsWorkflow, { products });
  const query = container.resolve(ContainerRegistrationKeys.QUERY);
  const { data: items } = await query.graph({ entity: "inventory_item", fields: ["id", "sku"] });
  await run(container, flows.createInventoryLevelsWorkflow, {
    inventory_levels: items.map((item) => ({
      location_id: location.id, inventory_item_id: item.id, stocked_quantity: item.sku === "SYN-60" ? 50 : 1000000,
    })),
  });
}

exports.default = async function seed({ container }) {
  const [channel] = await run(container, flows.createSalesChannelsWorkflow, { salesChannelsData: [{ name: "Bench" }] });
  const region = await makeRegion(container, channel);
  const { location, profile } = await makeShipping(container, channel, region);
  await makeProducts(container, channel, location, profile);
  const [key] = await run(container, flows.createApiKeysWorkflow, {
    api_keys: [{ title: "Bench", type: "publishable", created_by: "" }],
  });
  await run(container, flows.linkSalesChannelsToApiKeyWorkflow, { id: key.id, add: [channel.id] });
  console.log(`publishable_key ${key.token}`);
};
