// Production mode: no dev mode, no schema synchronisation once it is seeded, the job queue in the same process.
const { DefaultJobQueuePlugin, DefaultLogger, DefaultSearchPlugin, LogLevel, dummyPaymentHandler } = require("@vendure/core");

exports.config = {
  apiOptions: { port: Number(process.env.PORT), hostname: "127.0.0.1", cors: false, adminApiPath: "admin-api", shopApiPath: "shop-api" },
  authOptions: {
    tokenMethod: ["bearer", "cookie"],
    superadminCredentials: { identifier: "bench", password: "only-for-measuring-3141" },
    cookieOptions: { secret: "bench" },
  },
  dbConnectionOptions: {
    type: "postgres", url: process.env.DATABASE_URL, synchronize: process.env.BENCH_SEED === "yes", logging: false,
  },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  logger: new DefaultLogger({ level: LogLevel.Warn }),
  plugins: [
    DefaultJobQueuePlugin.init({ useDatabaseForBuffer: true }),
    DefaultSearchPlugin.init({ bufferUpdates: false, indexStockStatus: false }),
  ],
};
