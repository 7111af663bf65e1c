// What the pages around the session share.

/** Where the answer about who is signed in is kept. */
export const SESSION = ["session"] as const;
