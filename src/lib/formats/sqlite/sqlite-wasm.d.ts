/** SQLite's own build, without the package's wrappers for workers, which this page has no use for. */
declare module 'sqlite-wasm' {
  export { default } from '@sqlite.org/sqlite-wasm';
}
