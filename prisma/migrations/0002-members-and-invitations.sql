CREATE TABLE "Member" (
    "workspace" TEXT NOT NULL,
    "session" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "joinedAt" INTEGER NOT NULL,
    PRIMARY KEY ("workspace", "session")
);
CREATE INDEX "Member_session_idx" ON "Member"("session");
CREATE TABLE "Invitation" (
    "workspace" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL UNIQUE,
    "createdAt" INTEGER NOT NULL,
    PRIMARY KEY ("workspace", "id")
);
