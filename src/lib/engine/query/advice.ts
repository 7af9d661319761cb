/** The engine's messages with advice that can be followed here: it says to install extensions, which the page refuses. */

const MISSING =
  /, but it exists in the (\w+) extension\.\s*Please try installing and loading the \w+ extension by running:\s*INSTALL \w+;\s*LOAD \w+;(?:\s*Alternatively, consider enabling auto-install and auto-load by running:\s*SET autoinstall_known_extensions=1;\s*SET autoload_known_extensions=1;)?/g;

const AUTOLOADING =
  /^Extension Autoloading Error: An error occurred while trying to automatically install the required extension '(\w+)':[\s\S]*?(?=\n\nLINE \d|$)/;

const INSTEAD: Partial<Record<string, string>> = {
  json: "Attributes are maps of texts: attributes->>'http.route' or attributes['http.route'] reads one, map_keys(attributes) lists them, and structs and lists ({'a': 1}, [1, 2]) take the place of JSON values.",
  icu: 'Times are in UTC, without time zones: cast to TIMESTAMP first (now()::TIMESTAMP), and add an INTERVAL for another zone.',
  parquet: 'To read a file, open it in the page.',
  sqlite_scanner: 'To read a file, open it in the page.',
  httpfs: 'To read a file, open it in the page.',
  fts: 'For texts there are ILIKE, contains(), regexp_matches() and jaro_winkler_similarity().',
};

/**
 * `->>` binds looser than what stands before it: `a AND attributes->>'k' = 'v'` reads the key of `a AND attributes`. What
 * follows it is compared as one expects, but a cast belongs to the key.
 */
const TAKES_WHAT_STANDS_BEFORE =
  /^Binder Error: (?:No function matches the given name and argument types '(?:array_extract\((?:BOOLEAN|VARCHAR), (?:STRING_LITERAL|VARCHAR)\)|[^']*MAP\(VARCHAR, VARCHAR\)[^']*)'|Cannot (?:compare|mix) values of type [^\n]*MAP\(VARCHAR, VARCHAR\))[^\n]*/;
const BRACKETS =
  "If this is about ->>: it takes everything that stands before it. Put it in brackets: … AND (attributes->>'key') = 'value'.";

const CASTS_THE_KEY =
  /^Binder Error: No function matches the given name and argument types 'starts_with\(\w+, STRING_LITERAL\)'[^\n]*/;
const BRACKETS_FOR_CAST =
  "If this is about ->>: the cast belongs to the key. Put brackets: (attributes->>'key')::BIGINT.";

/** @param message the engine's. */
export function withAdvice(message: string): string {
  return message
    .replace(MISSING, (_, extension: string) => `: ${absent(extension)}`)
    .replace(AUTOLOADING, (_, extension: string) => `Not available here: ${absent(extension)}`)
    .replace(
      /^Serialization Error: Cannot copy bound expression/,
      () =>
        "Binder Error: The operator -> is not available here. Attributes are maps of texts: write attributes->>'key' or attributes['key'].",
    )
    .replace(
      /^(Binder Error: No function matches [^\n]*TIMESTAMP WITH TIME ZONE[^\n]*)/,
      (first) => `${first}\n${INSTEAD.icu}`,
    )
    .replace(TAKES_WHAT_STANDS_BEFORE, (first) => `${first}\n${BRACKETS}`)
    .replace(CASTS_THE_KEY, (first) => `${first}\n${BRACKETS_FOR_CAST}`);
}

function absent(extension: string): string {
  const instead = INSTEAD[extension];
  return `it is part of DuckDB’s extension “${extension}”, and no extensions can be loaded here.${instead ? ` ${instead}` : ''}`;
}
