/** Which attribute keys a dataset has: for pickers. */
import { sql, type Sql } from '$lib/engine/engine';

/** Columns: source ('attributes' or 'resource'), key, spans; the most frequent first. */
export function keysQuery(): Sql {
  return sql`SELECT source, key, count(*) AS spans
FROM (
  SELECT 'attributes' AS source, unnest(map_keys(attributes)) AS key FROM spans
  UNION ALL
  SELECT 'resource', unnest(map_keys(resource)) FROM spans
)
GROUP BY ALL
ORDER BY source, spans DESC, key`;
}
