/**
 * SASLprep (RFC 4013), its tables read for the first name or password that has letters beyond ASCII. CommonJS, whose
 * `require` may wait.
 *
 * Fast path: 7 ms a start of `authenticate` (docs/performance.md, cold decisions); equal by `saslprep.test.ts`.
 */

/** What SASLprep leaves as it is: nothing of it is mapped, normalised or prohibited (RFC 4013 section 2). */
const PRINTABLE_ASCII = /^[ -~]*$/;

exports.saslprep = (text, options) =>
  PRINTABLE_ASCII.test(text) ? text : require('@mongodb-js/saslprep').saslprep(text, options);
