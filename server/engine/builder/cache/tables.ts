/** Records (what was made), keys (how it is found), and what each step of the last build was, for explanations. */
export const buildCacheTables: readonly string[] = [
  `CREATE TABLE build_cache_records (
     scope TEXT NOT NULL,
     id TEXT NOT NULL,
     layer TEXT,
     description TEXT NOT NULL,
     bytes INTEGER NOT NULL,
     created_at INTEGER NOT NULL,
     used_at INTEGER NOT NULL,
     uses INTEGER NOT NULL,
     PRIMARY KEY (scope, id)
   ) WITHOUT ROWID;
   CREATE TABLE build_cache_keys (
     scope TEXT NOT NULL,
     key TEXT NOT NULL,
     record TEXT NOT NULL,
     PRIMARY KEY (scope, key)
   ) WITHOUT ROWID;
   CREATE INDEX build_cache_keys_by_record ON build_cache_keys (scope, record);
   CREATE TABLE build_cache_steps (
     scope TEXT NOT NULL,
     subject TEXT NOT NULL,
     steps TEXT NOT NULL,
     updated_at INTEGER NOT NULL,
     PRIMARY KEY (scope, subject)
   ) WITHOUT ROWID;`,
];
