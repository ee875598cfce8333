/**
 * What became of messages, asked of the archive: as `GET /messages` answers it. An event that was sent twice is in two files,
 * so each counts once by its id.
 */
export const TRACE_QUERY = `SELECT "at", server, session, sender,
       recipients[n].address AS recipient, recipients[n].reply AS rcpt, recipients[n].outcome AS outcome,
       coalesce(recipients[n].nexthop, nexthop) AS nexthop, verdict, rule, reply, detail, octets, "transaction"
FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY "at") AS copy FROM events
      WHERE day BETWEEN '2026-11-01' AND '2026-11-30' AND type = 'transaction' AND cardinality(recipients) > 0)
CROSS JOIN UNNEST(sequence(1, cardinality(recipients))) AS places (n)
WHERE copy = 1 AND lower(recipients[n].address) = 'bob@example.com'
ORDER BY "at" DESC
LIMIT 100`;
