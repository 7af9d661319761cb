/** Growing columns of lists: the events and links of spans. */
import { Field, List, Struct, makeData, type Data } from 'apache-arrow';
import { grown, type Column } from './column';

/** Lists of structs: `next` after the fields of all of a row's elements were pushed. */
export class StructListColumn implements Column {
  private offsets = new Int32Array(1024);
  private rows = 0;
  private elements = 0;

  constructor(private readonly fields: Record<string, Column>) {}

  next(elements: number): void {
    this.elements += elements;
    this.offsets = grown(this.offsets, this.rows + 2);
    this.offsets[++this.rows] = this.elements;
  }

  finish(): Data {
    const children = Object.values(this.fields).map((column) => column.finish());
    const struct = new Struct(
      Object.keys(this.fields).map((name, i) => new Field(name, children[i].type, true)),
    );
    const data = makeData({
      type: new List(new Field('item', struct, true)),
      length: this.rows,
      nullCount: 0,
      valueOffsets: this.offsets.subarray(0, this.rows + 1),
      child: makeData({ type: struct, length: this.elements, nullCount: 0, children }),
    });
    this.offsets = new Int32Array(1024);
    this.rows = 0;
    this.elements = 0;
    return data;
  }
}
