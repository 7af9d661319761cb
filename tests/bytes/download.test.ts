import { describe, expect, it } from 'vitest';
import { nameOf } from '$lib/bytes/download';

describe('the name of a download', () => {
  it.each([
    ['https://a.b/c/trace.json?x=1#y', 'trace.json'],
    ['https://a.b/c/two%20words.json', 'two words.json'],
    ['https://a.b/c/100%.json', '100%.json'],
    ['https://a.b/%E0%A4%A', '%E0%A4%A'],
    ['https://a.b:81/', 'a.b:81'],
  ])('of %s is %s', (url, name) => expect(nameOf(url)).toBe(name));
});
