CREATE TABLE "DocumentState" (
    "workspace" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "epoch" TEXT NOT NULL,
    "base" BLOB NOT NULL,
    "attempt" BLOB NOT NULL,
    "savedAt" INTEGER NOT NULL,
    PRIMARY KEY ("workspace", "path")
);
