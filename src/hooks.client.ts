/** Runs before the router starts. */

// The router decodes the hash and would not start on a damaged one. With every escape escaped, it is plain text, of which
// the link codec then says what makes no sense.
try {
  decodeURIComponent(location.hash);
} catch {
  history.replaceState(history.state, '', location.hash.replaceAll('%', '%25'));
}
