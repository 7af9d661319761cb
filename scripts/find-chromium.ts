/**
 * Finds the browsers that the tests drive: a named one, the system's, Playwright's own; as root on Debian it installs
 * the distribution's package. Run as a script it only makes sure that they are there: `find-chromium.ts [firefox]`.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';

interface Browser {
  label: string;
  variable: string;
  /** Names in PATH, and full paths where systems keep it elsewhere. */
  commands: string[];
  /** Debian's package. */
  debian: string;
  playwright: (() => string) | null;
}

const BROWSERS = {
  chromium: {
    label: 'Chromium',
    variable: 'CHROMIUM_PATH',
    commands: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ],
    debian: 'chromium',
    playwright: () => chromium.executablePath(),
  },
  firefox: {
    label: 'Firefox',
    variable: 'FIREFOX_PATH',
    commands: ['firefox-esr', 'firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'],
    debian: 'firefox-esr',
    // Playwright's Firefox is patched for its own protocol and does not speak WebDriver BiDi.
    playwright: null,
  },
} satisfies Record<string, Browser>;

export type BrowserName = keyof typeof BROWSERS;

/**
 * The path of an executable browser, installing Debian's package where that is allowed.
 * Throws an Error of one line that says what to install.
 */
export function findBrowser(name: BrowserName): string {
  const browser: Browser = BROWSERS[name];
  const named = process.env[browser.variable];
  if (named) {
    if (isExecutable(named)) return named;
    throw new Error(`${browser.variable} names “${named}”, which is no program that can be run.`);
  }
  const found = search(browser);
  if (found) return found;
  if (canInstall() && install(browser)) {
    const installed = search(browser);
    if (installed) return installed;
  }
  throw new Error(
    `No ${browser.label} found: install it (Debian: apt-get install ${browser.debian}` +
      (browser.playwright ? `; anywhere: npx playwright install ${name}` : '') +
      `) or set ${browser.variable} to its path.`,
  );
}

export const findChromium = (): string => findBrowser('chromium');
export const findFirefox = (): string => findBrowser('firefox');

/** What every Chromium of the tests and of the benchmark is started with. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function search(browser: Browser): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const command of browser.commands) {
    const candidates = command.startsWith('/')
      ? [command]
      : folders.map((dir) => join(dir, command));
    const found = candidates.find(isExecutable);
    if (found) return found;
  }
  const own = browser.playwright?.();
  return own && isExecutable(own) ? own : null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function canInstall(): boolean {
  return (
    process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/etc/debian_version')
  );
}

function install(browser: Browser): boolean {
  console.error(`No ${browser.label} found; installing Debian's package “${browser.debian}” …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (...args: string[]) =>
    spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  return run('update') && run('install', '-y', '--no-install-recommends', browser.debian);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2).filter((name): name is BrowserName => name in BROWSERS);
  try {
    for (const name of names.length ? names : (['chromium'] as const)) findBrowser(name);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}
