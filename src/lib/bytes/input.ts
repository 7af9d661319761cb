/** Bytes with a name: a file, what an address gave, a text that was pasted. */
export interface Input {
  name: string;
  blob: Blob;
}
