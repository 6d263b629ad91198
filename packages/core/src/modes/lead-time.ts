/** A plan is sent so long before its first note, ms: then it is at the station in time. */
export const LEAD_MS = 60;
