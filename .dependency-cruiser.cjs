/** Imports point one way, from a stage to those before it: what each folder of src/ may import. The table stands in the README too. */
const stages = {
  model: [],
  config: ["model", "sink"],
  pgtypes: ["model"],
  hashkeys: ["model"],
  parquet: ["model"],
  sink: ["model"],
  plan: ["model", "config"],
  patterns: ["model", "config", "plan"],
  tables: ["model", "config", "plan", "patterns"],
  source: ["model", "pgtypes"],
  columnar: ["model", "pgtypes"],
  ledger: ["model", "sink"],
  extract: ["model", "config", "plan", "patterns", "pgtypes", "source", "columnar", "hashkeys", "parquet", "sink", "ledger"],
  run: ["model", "config", "plan", "source", "sink", "ledger", "extract", "patterns"],
  submit: ["model", "config", "plan", "patterns", "ledger", "sink", "extract", "run"],
  read: ["model", "parquet", "sink"],
  validate: [
    "model",
    "config",
    "plan",
    "pgtypes",
    "source",
    "columnar",
    "hashkeys",
    "parquet",
    "sink",
    "ledger",
    "extract",
    "run",
    "read",
  ],
  gc: ["model", "config", "sink", "ledger"],
  page: ["model", "ledger", "sink"],
};

/** Packages that cost start-up time or exist for one purpose, and the only places that may name them. */
const owners = {
  "apache-arrow": "^src/(columnar|index\\.ts)",
  "pg|pg-query-stream|pg-connection-string|pgpass": "^src/source",
  "@aws-sdk/client-s3|@aws-sdk/lib-storage": "^src/sink",
  "@aws-sdk/client-(batch|sns|cloudwatch-logs)": "^src/submit",
  commander: "^src/cli",
  yaml: "^src/config",
  "@duckdb/node-api": "^src/read",
};

/** What surrounds src/: what of each other the folders may import. All of them may import src/, and nothing in src/ imports them. */
const surroundings = {
  "test/(?!bench/|infra/)": ["test/", "dev/"],
  "test/bench/": ["test/", "dev/", "bench/"],
  "test/infra/": ["test/", "dev/", "infra/"],
  "dev/(?!chaos/|simulate\\.ts$|nation\\.ts$)": ["dev/"],
  "dev/simulate\\.ts": ["dev/", "test/simulation/"],
  "dev/nation\\.ts": ["dev/", "test/nation/"],
  "dev/chaos/": ["dev/", "test/support/s3-server/index\\.ts$"],
  "infra/": ["infra/"],
  "bench/": ["bench/", "dev/embedded-postgres\\.ts$", "test/support/postgres\\.ts$", "test/support/s3-server/index\\.ts$"],
};

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "nothing-imports-the-command-line",
      severity: "error",
      from: { pathNot: ["^src/cli/", "^test/cli/", "^test/nation/worker\\.ts$", "^dev/reference\\.ts$"] },
      to: { path: "^src/cli/" },
    },
    {
      name: "tests-share-helpers-through-support",
      comment: "A helper beside tests is for the tests of its folder; what another folder needs lives in test/support.",
      severity: "error",
      from: { path: "^test/(.+)/[^/]+$", pathNot: "^test/(simulation|nation)/" },
      to: { path: "^test/", pathNot: ["^test/support/", "^test/$1/[^/]+$"] },
    },
    {
      name: "the-simulation-is-its-own-world",
      severity: "error",
      from: { path: "^test/simulation/" },
      to: { path: "^test/", pathNot: ["^test/simulation/", "^test/sink/contract\\.ts$"] },
    },
    {
      name: "the-nation-is-what-is-deployed",
      severity: "error",
      from: { path: "^test/nation/" },
      to: { path: "^test/", pathNot: ["^test/nation/", "^test/support/", "^test/infra/(committed|resolved)\\.ts$"] },
    },
    { name: "nothing-imports-a-test", severity: "error", from: {}, to: { path: "\\.test\\.ts$" } },
    ...Object.entries(surroundings).map(([folder, allowed]) => ({
      name: `${folder.replace(/\/(\(.*)?$/, "")}-imports-only-what-it-may`,
      severity: "error",
      from: { path: `^${folder}` },
      to: { path: "^(test|dev|bench|infra)/", pathNot: allowed.map((path) => `^${path}`) },
    })),
    {
      name: "sources-need-no-development-files",
      severity: "error",
      from: { path: "^src" },
      to: { path: "^(test|dev|bench|infra)" },
    },
    {
      name: "sources-need-no-development-packages",
      severity: "error",
      from: { path: "^src" },
      to: { dependencyTypes: ["npm-dev"] },
    },
    ...Object.entries(stages).map(([stage, allowed]) => ({
      name: `${stage}-imports-only-what-comes-before-it`,
      severity: "error",
      from: { path: `^src/${stage}/` },
      to: { path: "^src/", pathNot: [stage, ...allowed].map((folder) => `^src/${folder}/`) },
    })),
    ...Object.entries(owners).map(([packages, place]) => ({
      name: `${packages.split("|")[0]}-has-one-place`,
      severity: "error",
      from: { path: "^src", pathNot: place },
      to: { path: `node_modules/(${packages})/`, dependencyTypesNot: ["type-only"] },
    })),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
