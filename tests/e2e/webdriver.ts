/**
 * Firefox and WebKitGTK, driven by the commands of W3C WebDriver (https://www.w3.org/TR/webdriver2/). WebKitGTK's driver
 * takes them over HTTP. Firefox takes the same commands itself, over a socket, by its Marionette protocol
 * (https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html): geckodriver only translates between the two.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram } from '../../scripts/find-browser';

/** The longest that an element, a script or a page is waited for. */
const LIMIT_MS = 60_000;
const START_LIMIT_MS = 30_000;
const RETRY_MS = 50;
const CAPABILITIES = {
  timeouts: { implicit: LIMIT_MS, script: LIMIT_MS, pageLoad: LIMIT_MS },
};
/** The key of an element's id in WebDriver's JSON. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** Keys that are no text, as WebDriver writes them. */
const KEYS: Record<string, string> = { Control: '\uE009', Enter: '\uE007', Escape: '\uE00C' };

/** The commands that are used here: Marionette's name, then method and path over HTTP. */
const COMMANDS = {
  Navigate: 'POST /url',
  FindElement: 'POST /element',
  ElementClick: 'POST /element/{id}/click',
  ElementSendKeys: 'POST /element/{id}/value',
  ExecuteAsyncScript: 'POST /execute/async',
  DeleteSession: 'DELETE ',
} as const;

type Parameters = Record<string, unknown>;

interface Connection {
  /** Sends a command. Rejects with an Error that names the browser's complaint. */
  send(command: keyof typeof COMMANDS, parameters: Parameters): Promise<unknown>;
  version: string;
}

/** A browser with one page. Whatever looks for an element waits for it, up to a minute. */
export class DrivenBrowser {
  private constructor(
    private readonly connection: Connection,
    private readonly end: () => Promise<void>,
  ) {}

  /** Starts the browser. Rejects with an Error of one line where it cannot be found or does not start. */
  static async start(name: 'firefox' | 'webkit'): Promise<DrivenBrowser> {
    const cleanUps: (() => unknown)[] = [];
    const end = async () => {
      for (const cleanUp of cleanUps.reverse()) await cleanUp();
    };
    try {
      const start = name === 'firefox' ? startFirefox : startWebKit;
      return new DrivenBrowser(await start((cleanUp) => cleanUps.push(cleanUp)), end);
    } catch (error) {
      await end();
      throw error;
    }
  }

  get version(): string {
    return this.connection.version;
  }

  async goto(url: string): Promise<void> {
    await this.connection.send('Navigate', { url });
  }

  /** Waits for an element. */
  async see(xpath: string): Promise<void> {
    await this.find(xpath);
  }

  /** Clicks as a person does: the browser refuses where something lies over the element. */
  async click(xpath: string): Promise<void> {
    await this.connection.send('ElementClick', { id: await this.find(xpath) });
  }

  /** Types into an element; for a file's input, `text` is the file's path. */
  async type(xpath: string, text: string): Promise<void> {
    await this.connection.send('ElementSendKeys', { id: await this.find(xpath), text });
  }

  /** Presses a key, with Control held or not. */
  async press(xpath: string, key: 'Escape' | 'Control+a' | 'Control+Enter'): Promise<void> {
    const [last, held] = key.split('+').reverse();
    // What is held is let go of at the end of the keys that are sent.
    await this.type(xpath, (held ? KEYS.Control : '') + (KEYS[last] ?? last));
  }

  /** Runs a function in the page, which may use nothing but its arguments. What crosses is JSON. */
  async run<A extends unknown[], T>(
    body: (...given: A) => T | Promise<T>,
    ...given: A
  ): Promise<T> {
    // tsx marks functions with their names, by a function that the page does not have.
    const script = `
      const __name = (named) => named;
      const given = [...arguments];
      const done = given.pop();
      Promise.resolve().then(() => (${body.toString()})(...given)).then(
        (value) => done({ value }),
        (error) => done({ error: String(error) }),
      );`;
    const answer = await this.connection.send('ExecuteAsyncScript', { script, args: given });
    const { value, error } = answer as { value: T; error?: string };
    if (error !== undefined) throw new Error(error);
    return value;
  }

  async close(): Promise<void> {
    await this.connection.send('DeleteSession', {}).catch(() => undefined);
    await this.end();
  }

  private async find(xpath: string): Promise<string> {
    const found = await this.connection.send('FindElement', { using: 'xpath', value: xpath });
    return (found as Record<string, string>)[ELEMENT];
  }
}

type CleanUp = (cleanUp: () => unknown) => void;

async function startFirefox(cleanUp: CleanUp): Promise<Connection> {
  const command = findProgram('firefox');
  const profile = mkdtempSync(join(tmpdir(), 'spanlight-firefox-'));
  cleanUp(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
  // Any free port; the browser says which.
  writeFileSync(join(profile, 'user.js'), 'user_pref("marionette.port", 0);\n');
  const firefox = spawn(
    command,
    ['--headless', '--no-remote', '--profile', profile, '--marionette'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  cleanUp(() => stop(firefox));
  const port = await saidBy(firefox, /Marionette\s+INFO\s+Listening on port (\d+)/);
  const socket = connect(Number(port), '127.0.0.1');
  cleanUp(() => socket.destroy());
  await once(socket, 'connect');
  const send = marionette(socket);
  // What HTTP wraps for matching, Marionette takes as it is.
  const session = await send('WebDriver:NewSession', CAPABILITIES);
  return {
    version: versionOf(session),
    send: async (name, parameters) => {
      const answer = await send(`WebDriver:${name}`, parameters);
      // Marionette wraps what is not an object of its own, where HTTP always does.
      return (answer as { value?: unknown }).value;
    },
  };
}

/** Marionette's packets are `length:JSON`: `[0, id, command, parameters]`, answered by `[1, id, error, result]`. */
function marionette(socket: Socket): (command: string, parameters: Parameters) => Promise<unknown> {
  const waiting = new Map<
    number,
    { done: (value: unknown) => void; fail: (error: Error) => void }
  >();
  let received = Buffer.alloc(0);
  let nextId = 1;
  socket.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    for (;;) {
      const colon = received.indexOf(':');
      if (colon < 0) return;
      const end = colon + 1 + Number(received.toString('latin1', 0, colon));
      if (received.length < end) return;
      const packet: unknown = JSON.parse(received.toString('utf8', colon + 1, end));
      received = received.subarray(end);
      // The first packet greets; it is no array.
      if (!Array.isArray(packet)) continue;
      const [, id, error, result] = packet as [number, number, DriverError | null, unknown];
      const { done, fail } = waiting.get(id)!;
      waiting.delete(id);
      if (error) fail(toError(error));
      else done(result);
    }
  });
  socket.on('close', () => {
    for (const { fail } of waiting.values()) fail(new Error('The browser has gone.'));
  });
  return (command, parameters) =>
    new Promise((done, fail) => {
      const id = nextId++;
      waiting.set(id, { done, fail });
      const packet = JSON.stringify([0, id, command, parameters]);
      socket.write(`${Buffer.byteLength(packet)}:${packet}`);
    });
}

async function startWebKit(cleanUp: CleanUp): Promise<Connection> {
  const command = findProgram('webkit');
  // It has no headless mode: a display of its own, which says its number when it can be used.
  const display = spawn(findProgram('xvfb'), ['-displayfd', '1', '-screen', '0', '1280x800x24'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  cleanUp(() => stop(display));
  const number = await saidBy(display, /^(\d+)$/);
  const port = await freePort();
  const driver = spawn(command, [`--port=${port}`], {
    // Of the locale C.UTF-8 WebKitGTK makes the language “C”, which Intl refuses; of C it makes en-US.
    env: { ...process.env, DISPLAY: `:${number}`, LC_ALL: 'C' },
    stdio: 'ignore',
  });
  cleanUp(() => stop(driver));
  const ask = async (method: string, path: string, parameters?: Parameters): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      body: parameters && JSON.stringify(parameters),
    });
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) throw toError(value as DriverError);
    return value;
  };
  await listening(driver, () => ask('GET', '/status'));
  const session = await ask('POST', '/session', { capabilities: { alwaysMatch: CAPABILITIES } });
  const { sessionId } = session as { sessionId: string };
  return {
    version: versionOf(session),
    send: (name, parameters) => {
      const [method, path] = COMMANDS[name].split(' ');
      const { id, ...body } = parameters;
      const filled = path.replace('{id}', String(id));
      return ask(method, `/session/${sessionId}${filled}`, method === 'POST' ? body : undefined);
    },
  };
}

interface DriverError {
  error: string;
  message: string;
}

const toError = ({ error, message }: DriverError) => new Error(`${error}: ${message}`);

const versionOf = (session: unknown) =>
  (session as { capabilities: { browserVersion: string } }).capabilities.browserVersion;

/** What a line of the process's output says in the first group of `pattern`. Rejects where it ends or stays silent. */
async function saidBy(child: ChildProcess, pattern: RegExp): Promise<string> {
  const limit = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
  try {
    for await (const line of createInterface(child.stdout!)) {
      const said = pattern.exec(line);
      if (said) {
        child.stdout!.resume();
        return said[1];
      }
    }
  } finally {
    clearTimeout(limit);
  }
  throw new Error(`${child.spawnfile} did not start.`);
}

/** A server that says nothing when it is ready is asked until it answers. */
async function listening(child: ChildProcess, ask: () => Promise<unknown>): Promise<void> {
  for (const endMs = Date.now() + START_LIMIT_MS; ;) {
    try {
      await ask();
      return;
    } catch (cause) {
      if (child.exitCode !== null || Date.now() > endMs)
        throw new Error(`${child.spawnfile} did not start.`, { cause });
      await delay(RETRY_MS);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  const limit = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
  await ended;
  clearTimeout(limit);
}
