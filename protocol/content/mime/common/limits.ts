/** Bounds of the scanner: with these its memory and its time per octet do not depend on who wrote the message. */

/** Octets of one head; above it the message is `unreadable`. Postfix's header_size_limit is 102400. */
export const MAX_HEAD_OCTETS = 65_536;
/** Octets of one line. SMTP has 1000 (RFC 5321 section 4.5.3.1.6); some programs write a whole body in one. */
export const MAX_LINE_OCTETS = 65_536;
/** Parts of a message, those of messages inside it included; Haraka stops at as many. */
export const MAX_PARTS = 1000;
/** Multiparts and messages inside each other. */
export const MAX_DEPTH = 20;
/** Octets of text of one part, as it is encoded. */
export const MAX_TEXT_OCTETS = 262_144;
/** Octets of text of a message. */
export const MAX_MESSAGE_TEXT_OCTETS = 2_097_152;
/** Octets of a part, as it is encoded, that its kind is told by: enough for the first descriptor of an ISO image. */
export const MAX_SAMPLE_OCTETS = 49_152;
/** Lines that look like structure and are none; above it somebody wants to keep the scanner busy. */
export const MAX_FALSE_HITS = 50_000;
/** Octets that are looked through for values of parameters, a message: 1,000 attachments take two thirds. */
export const MAX_READING_OCTETS = 500_000;
/** Octets that one encoded word, and one charset asked for the first time, count as: they cost as much time as so many. */
export const WORD_READING_OCTETS = 40;
export const CHARSET_READING_OCTETS = 2000;
/** Lines of the heads of a message, those of its parts included: twenty of each part that it may have. */
export const MAX_HEAD_LINES = 20_000;
/** Octets of a message that JavaScript looks at one by one, where no regular form lets them be read quickly. */
export const MAX_SLOW_OCTETS = 2_097_152;
/** Encoded messages inside each other: each is decoded anew. RFC 2046 section 5.2.1 allows none. */
export const MAX_DECODINGS = 3;
/** Names of a part, and names in archives, of a message. */
export const MAX_NAMES = 100;
export const MAX_NAMES_INSIDE = 10_000;
/** Characters of one name; no file system takes more. */
export const MAX_NAME_CHARACTERS = 1024;
/** Octets of an archive that is looked into for archives inside it, and of what is inflated for that, of a message. */
export const MAX_ARCHIVE_OCTETS = 2_097_152;
/**
 * An archive that says that its files are more octets than this, and so many times its own, is made to keep unpackers busy:
 * text is packed to a twentieth, zeros to a thousandth.
 */
export const MAX_UNPACKED_OCTETS = 10_485_760;
export const MAX_UNPACKED_RATIO = 250;
/** Archives inside each other. */
export const MAX_ARCHIVE_DEPTH = 3;
/** Files in archives whose first octets are looked at, of a message. */
export const MAX_SAMPLED_ENTRIES = 300;
