CREATE TABLE "Record" (
    "workspace" TEXT NOT NULL PRIMARY KEY,
    "content" TEXT NOT NULL,
    "createdAt" INTEGER NOT NULL,
    "revivedAt" INTEGER
);
CREATE INDEX "Record_createdAt_idx" ON "Record"("createdAt");
