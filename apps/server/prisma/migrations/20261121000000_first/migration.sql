CREATE TABLE "stations" (
    "id" UUID PRIMARY KEY,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "params" JSONB NOT NULL,
    "model" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3)
);

CREATE TABLE "sessions" (
    "id" UUID PRIMARY KEY,
    "station_id" UUID NOT NULL REFERENCES "stations"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "seed" INTEGER NOT NULL
);
CREATE INDEX "sessions_started_at_id_idx" ON "sessions"("started_at" DESC, "id");
CREATE INDEX "sessions_station_id_started_at_idx" ON "sessions"("station_id", "started_at");

CREATE TABLE "session_parts" (
    "id" BIGSERIAL PRIMARY KEY,
    "session_id" UUID NOT NULL REFERENCES "sessions"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "at_ms" DOUBLE PRECISION NOT NULL,
    "mode" TEXT NOT NULL,
    "params" JSONB NOT NULL,
    "model" TEXT
);
CREATE INDEX "session_parts_session_id_idx" ON "session_parts"("session_id");

CREATE TABLE "session_events" (
    "id" BIGSERIAL PRIMARY KEY,
    "session_id" UUID NOT NULL REFERENCES "sessions"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "at_ms" DOUBLE PRECISION NOT NULL,
    "player" TEXT NOT NULL,
    "voice" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "key" SMALLINT NOT NULL,
    "value" SMALLINT NOT NULL
);
CREATE INDEX "session_events_session_id_at_ms_idx" ON "session_events"("session_id", "at_ms");

CREATE TABLE "chunks" (
    "station_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "sequence" INTEGER NOT NULL,
    PRIMARY KEY ("station_id", "run_id", "sequence")
);

CREATE TABLE "operator_sessions" (
    "sid" TEXT PRIMARY KEY,
    "sess" JSON NOT NULL,
    "expire" TIMESTAMP(6) NOT NULL
);
CREATE INDEX "operator_sessions_expire_idx" ON "operator_sessions"("expire");
