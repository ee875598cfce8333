/** Bounds that those who decide keep and those who read decisions check. */

/** Seconds that a permitted login may be remembered, at most. */
export const MAX_LOGIN_CACHE_SECONDS = 60;
/** Seconds that a relay decision may be remembered, at most: how long a changed `domain#` item can stay unseen. */
export const MAX_RELAY_CACHE_SECONDS = 5;
/** Seconds that a failed login's reply may be held back: below the time after which clients give up. */
export const MAX_LOGIN_DELAY_SECONDS = 30;
