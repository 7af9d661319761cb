/** Flock's environment variables: what people paste is read, and what is copied is read back. */
import { formatFlockEnv, parseFlockEnv } from '$lib/state/flock-env';
import { describe, expect, test } from 'vitest';

const NOTHING = { services: null, ignore: null, ttlDays: null, problems: [], others: [] };

describe('reading', () => {
  test.each([
    ['a .env file', 'FLOCK_TRACE_SERVICES=["flock", "agent"]    # whitelist'],
    ['a shell', `export FLOCK_TRACE_SERVICES='["flock","agent"]'`],
    ['a shell with double quotes', 'export FLOCK_TRACE_SERVICES="[\\"flock\\", \\"agent\\"]"'],
    ['PowerShell', `$env:FLOCK_TRACE_SERVICES = '["flock","agent"]'`],
    ['a Dockerfile', 'ENV FLOCK_TRACE_SERVICES=["flock","agent"]'],
    ['a list of Compose', `- FLOCK_TRACE_SERVICES=["flock","agent"]`],
    ['a map of Compose', `FLOCK_TRACE_SERVICES: '["flock","agent"]'`],
    ['names with commas', 'FLOCK_TRACE_SERVICES=flock, agent,flock'],
    ['what a shell left of a list', 'FLOCK_TRACE_SERVICES=[flock, agent]'],
  ])('%s', (_, line) => {
    expect(parseFlockEnv(line)).toEqual({ ...NOTHING, services: ['flock', 'agent'] });
  });

  test('several lines, comments, and variables about recording alone', () => {
    const text = `# tracing\r\nFLOCK_AUTO_TRACE=true\r\n\r\nFLOCK_TRACE_IGNORE=["Agent.health_check"]\nFLOCK_TRACE_TTL_DAYS=30`;
    expect(parseFlockEnv(text)).toEqual({
      ...NOTHING,
      ignore: ['Agent.health_check'],
      ttlDays: 30,
      others: ['FLOCK_AUTO_TRACE'],
    });
  });

  test.each([
    ['FLOCK_TRACE_TTL_DAYS=0', /1 to 365/],
    ['FLOCK_TRACE_TTL_DAYS=366', /1 to 365/],
    ['FLOCK_TRACE_TTL_DAYS=', /1 to 365/],
    ['FLOCK_TRACE_TTL_DAYS=2.5', /whole number/],
    ['FLOCK_TRACE_SERVICES=["a"', /JSON list/],
    ['FLOCK_TRACE_IGNORE=[1]', /JSON list/],
    ['FLOCK_TRACE_IGNORE={"a":1}', /JSON list/],
    ['PATH=/bin', /no variable/],
    ['hello', /Not an assignment/],
  ])('%s is named as a problem', (line, message) => {
    const { problems, ...env } = parseFlockEnv(`\n${line}`);
    expect(problems).toEqual([{ line: 2, message: expect.stringMatching(message) }]);
    expect(env).toEqual({ services: null, ignore: null, ttlDays: null, others: [] });
  });
});

describe('writing', () => {
  const env = { services: ['agent'], ignore: ["Agent.it's", 'a "b", c'], ttlDays: 7 };

  test('a .env file', () => {
    expect(formatFlockEnv(env)).toBe(
      'FLOCK_TRACE_SERVICES=["agent"]\nFLOCK_TRACE_IGNORE=["Agent.it\'s", "a \\"b\\", c"]\nFLOCK_TRACE_TTL_DAYS=7',
    );
  });

  test.each(['dotenv', 'shell'] as const)('%s is read back', (style) => {
    expect(parseFlockEnv(formatFlockEnv(env, style))).toEqual({ ...NOTHING, ...env });
  });

  test('what says nothing is left out', () => {
    expect(formatFlockEnv({ services: [], ignore: null, ttlDays: null })).toBe('');
  });
});
