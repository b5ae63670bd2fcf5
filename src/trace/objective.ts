/** Seconds: a wait that is longer is a slow one, unless somebody says otherwise. A boundary of the felt latency. */
export const OBJECTIVE_SECONDS = 2;
