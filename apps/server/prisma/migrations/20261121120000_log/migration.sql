CREATE TABLE "session_log" (
    "session_id" UUID NOT NULL REFERENCES "sessions"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "sequence" INTEGER NOT NULL,
    "entries" BYTEA NOT NULL,
    PRIMARY KEY ("session_id", "sequence")
);
