-- What is sold, where, and for how much. Texts are {"en": …, "de": …}; English is always there.
-- Locks: none, all tables are new. Undo: DROP SCHEMA catalog CASCADE.

CREATE SCHEMA catalog;

CREATE TABLE catalog.markets (
    id                  uuid     PRIMARY KEY,
    code                text     NOT NULL UNIQUE CHECK (code ~ '^[a-z]{2,8}$'),
    region              text     NOT NULL CHECK (region IN ('eu', 'us')),
    name                jsonb    NOT NULL CHECK (name ? 'en'),
    currency            char(3)  NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    prices_include_tax  boolean  NOT NULL,
    locales             text[]   NOT NULL CHECK (cardinality(locales) > 0),  -- The first is the default.
    default_country     char(2)  NOT NULL,
    time_zone           text     NOT NULL,
    announcement        jsonb    NOT NULL DEFAULT '{}',                      -- One line above every page.
    position            integer  NOT NULL,

    UNIQUE (id, currency)
);

CREATE TABLE catalog.market_countries (
    country    char(2) PRIMARY KEY CHECK (country ~ '^[A-Z]{2}$'),  -- A country is in one market.
    market_id  uuid    NOT NULL REFERENCES catalog.markets ON DELETE CASCADE
);

-- Parts of a country that addresses and taxes name: the states of the US.
CREATE TABLE catalog.provinces (
    country  char(2) NOT NULL REFERENCES catalog.market_countries ON DELETE CASCADE,
    code     text    NOT NULL CHECK (code ~ '^[A-Z0-9]{1,3}$'),
    name     text    NOT NULL,
    PRIMARY KEY (country, code)
);

-- The most specific row applies: (country, province), else (country, '').
CREATE TABLE catalog.tax_rates (
    country    char(2) NOT NULL REFERENCES catalog.market_countries ON DELETE CASCADE,
    province   text    NOT NULL DEFAULT '',
    tax_class  text    NOT NULL CHECK (tax_class ~ '^[a-z_]+$'),
    name       jsonb   NOT NULL CHECK (name ? 'en'),
    rate_ppm   integer NOT NULL CHECK (rate_ppm BETWEEN 0 AND 1000000),  -- 190000 is 19 %.

    PRIMARY KEY (country, province, tax_class)
);

CREATE TABLE catalog.categories (
    id           uuid    PRIMARY KEY,
    parent_id    uuid    REFERENCES catalog.categories,
    handle       text    NOT NULL UNIQUE CHECK (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    title        jsonb   NOT NULL CHECK (title ? 'en'),
    description  jsonb   NOT NULL DEFAULT '{}',
    image_id     uuid    REFERENCES media.images,
    position     integer NOT NULL DEFAULT 0
);

CREATE TABLE catalog.collections (
    id           uuid    PRIMARY KEY,
    handle       text    NOT NULL UNIQUE CHECK (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    title        jsonb   NOT NULL CHECK (title ? 'en'),
    description  jsonb   NOT NULL DEFAULT '{}',
    image_id     uuid    REFERENCES media.images,
    position     integer NOT NULL DEFAULT 0
);

-- Who made a product: what the EU's product safety regulation wants on its page.
CREATE TABLE catalog.makers (
    id       uuid  PRIMARY KEY,
    handle   text  NOT NULL UNIQUE CHECK (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name     text  NOT NULL,
    place    text  NOT NULL DEFAULT '',
    address  text  NOT NULL DEFAULT '',
    email    text  NOT NULL DEFAULT '',
    about    jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE catalog.products (
    id           uuid        PRIMARY KEY,
    handle       text        NOT NULL UNIQUE CHECK (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    status       text        NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
    title        jsonb       NOT NULL CHECK (title ? 'en'),
    subtitle     jsonb       NOT NULL DEFAULT '{}',
    description  jsonb       NOT NULL DEFAULT '{}',  -- Markdown.
    materials    jsonb       NOT NULL DEFAULT '{}',  -- One per line.
    dimensions   jsonb       NOT NULL DEFAULT '{}',
    care         jsonb       NOT NULL DEFAULT '{}',
    maker_id     uuid        REFERENCES catalog.makers,
    tax_class    text        NOT NULL DEFAULT 'standard',
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE catalog.product_categories (
    product_id   uuid    NOT NULL REFERENCES catalog.products ON DELETE CASCADE,
    category_id  uuid    NOT NULL REFERENCES catalog.categories ON DELETE CASCADE,
    position     integer NOT NULL DEFAULT 0,  -- The product's place in the category.
    rank         integer NOT NULL DEFAULT 0,  -- The category's place among the product's; the first is the breadcrumb's.
    PRIMARY KEY (product_id, category_id)
);
CREATE INDEX product_categories_by_category ON catalog.product_categories (category_id);

CREATE TABLE catalog.collection_products (
    collection_id  uuid    NOT NULL REFERENCES catalog.collections ON DELETE CASCADE,
    product_id     uuid    NOT NULL REFERENCES catalog.products ON DELETE CASCADE,
    position       integer NOT NULL DEFAULT 0,
    PRIMARY KEY (collection_id, product_id)
);
CREATE INDEX collection_products_by_product ON catalog.collection_products (product_id);

CREATE TABLE catalog.product_options (
    id          uuid    PRIMARY KEY,
    product_id  uuid    NOT NULL REFERENCES catalog.products ON DELETE CASCADE,
    code        text    NOT NULL CHECK (code ~ '^[a-z0-9_]+$'),  -- "size": the same option across products, for filters.
    name        jsonb   NOT NULL CHECK (name ? 'en'),
    position    integer NOT NULL,
    UNIQUE (product_id, code),
    UNIQUE (product_id, position)
);

CREATE TABLE catalog.option_values (
    id         uuid    PRIMARY KEY,
    option_id  uuid    NOT NULL REFERENCES catalog.product_options ON DELETE CASCADE,
    code       text    NOT NULL CHECK (code ~ '^[a-z0-9_-]+$'),
    name       jsonb   NOT NULL CHECK (name ? 'en'),
    swatch     text    CHECK (swatch ~ '^#[0-9a-f]{6}$'),  -- Of a colour.
    position   integer NOT NULL,
    UNIQUE (option_id, code)
);

CREATE TABLE catalog.variants (
    id            uuid    PRIMARY KEY,
    product_id    uuid    NOT NULL REFERENCES catalog.products ON DELETE CASCADE,
    sku           text    NOT NULL UNIQUE CHECK (length(sku) BETWEEN 1 AND 64),
    barcode       text    CHECK (barcode ~ '^[0-9]{8,14}$'),
    weight_grams  integer NOT NULL DEFAULT 0 CHECK (weight_grams >= 0),
    option_values uuid[]  NOT NULL DEFAULT '{}',  -- One per option of the product, in its order.
    image_id      uuid    REFERENCES media.images,
    content_amount integer CHECK (content_amount > 0),      -- What a unit price is counted from: 250 g.
    content_unit  text    CHECK (content_unit IN ('g', 'ml')),
    position      integer NOT NULL DEFAULT 0,
    CHECK ((content_amount IS NULL) = (content_unit IS NULL)),
    UNIQUE (product_id, option_values)
);
CREATE INDEX variants_by_product ON catalog.variants (product_id, position);

-- Today's price of a variant in a market: the row whose period holds and whose min_quantity is the largest that fits.
CREATE TABLE catalog.prices (
    variant_id        uuid        NOT NULL REFERENCES catalog.variants ON DELETE CASCADE,
    market_id         uuid        NOT NULL,
    currency          char(3)     NOT NULL,
    amount_minor      bigint      NOT NULL CHECK (amount_minor BETWEEN 0 AND 100000000000),
    compare_at_minor  bigint      CHECK (compare_at_minor > amount_minor),
    min_quantity      integer     NOT NULL DEFAULT 1 CHECK (min_quantity BETWEEN 1 AND 9999),
    valid_from        timestamptz NOT NULL DEFAULT '-infinity',
    valid_to          timestamptz NOT NULL DEFAULT 'infinity' CHECK (valid_to > valid_from),

    PRIMARY KEY (variant_id, market_id, min_quantity, valid_from),
    FOREIGN KEY (market_id, currency) REFERENCES catalog.markets (id, currency)
);

CREATE TABLE catalog.product_images (
    product_id  uuid    NOT NULL REFERENCES catalog.products ON DELETE CASCADE,
    image_id    uuid    NOT NULL REFERENCES media.images,
    alt         jsonb   NOT NULL DEFAULT '{}',
    position    integer NOT NULL,
    PRIMARY KEY (product_id, position)
);

-- What changed, for the processes that keep a picture of it in memory. Triggers write it, so no writer can forget it.
-- Neither versions nor transaction ids are in the order of commits: a reader that saw everything before the oldest
-- transaction still running (pg_snapshot_xmin) reads on from that transaction id.
CREATE TABLE catalog.changes (
    version         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope           text        NOT NULL CHECK (scope IN ('product', 'settings', 'everything')),
    product_id      uuid        CHECK ((product_id IS NOT NULL) = (scope = 'product')),
    changed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    transaction_id  xid8        NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX changes_by_transaction ON catalog.changes (transaction_id);
CREATE INDEX changes_by_time ON catalog.changes (changed_at);

-- Pages of the shop that are text: imprint, terms, privacy, delivery, returns. Body is Markdown.
CREATE TABLE catalog.content_pages (
    handle    text    PRIMARY KEY CHECK (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    title     jsonb   NOT NULL CHECK (title ? 'en'),
    body      jsonb   NOT NULL CHECK (body ? 'en'),
    position  integer NOT NULL DEFAULT 0
);

-- One row: name of the shop and the texts of its home page.
CREATE TABLE catalog.shop (
    is_only       boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    name          text    NOT NULL,
    tagline       jsonb   NOT NULL DEFAULT '{}',
    hero          jsonb   NOT NULL DEFAULT '{}',  -- {"title", "text", "button", "alt": texts, "link": path}
    hero_image_id uuid    REFERENCES media.images,
    story         jsonb   NOT NULL DEFAULT '{}',  -- {"title", "text": texts}
    seller        jsonb   NOT NULL DEFAULT '{}'   -- {"name", "address", "email", "phone", "vat_id"}: for mails and imprint.
);

-- For other rooms: which variant a SKU is.
CREATE VIEW catalog.variant_skus AS SELECT id AS variant_id, sku FROM catalog.variants;
