ALTER TABLE "Snippet" ADD COLUMN "owner" TEXT;
CREATE INDEX "Snippet_owner_createdAt_idx" ON "Snippet"("owner", "createdAt");
