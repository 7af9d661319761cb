declare module 'virtual:duckdb-wasm' {
  /** Address of DuckDB's wasm module, gzipped in a build. */
  const url: string;
  export default url;
}
