/**
 * Finds the browsers for the tests: a specified one, the system's, or Playwright's own; as root on Debian it installs the
 * distribution's package. Run as a script, it only makes sure that Chromium is available.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';

interface Program {
  label: string;
  variable: string;
  /** Names in PATH, and full paths for systems that keep it elsewhere. */
  commands: string[];
  /** Debian's package. */
  debian: string;
  playwright: (() => string) | null;
}

const PROGRAMS = {
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
    playwright: null,
  },
  webkit: {
    label: "WebKitGTK's driver",
    variable: 'WEBKIT_DRIVER_PATH',
    commands: ['WebKitWebDriver'],
    debian: 'webkit2gtk-driver',
    playwright: null,
  },
  xvfb: {
    label: 'Xvfb',
    variable: 'XVFB_PATH',
    commands: ['Xvfb'],
    debian: 'xvfb',
    playwright: null,
  },
} satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;

/** A program is missing and can't be installed. The message says in one line what to install. */
export class MissingProgram extends Error {}

/**
 * The path of an executable, installing Debian's package if allowed.
 * Throws a MissingProgram.
 */
export function findProgram(name: ProgramName): string {
  const program: Program = PROGRAMS[name];
  const named = process.env[program.variable];
  if (named) {
    if (isExecutable(named)) return named;
    throw new MissingProgram(
      `${program.variable} names “${named}”, which is no program that can be run.`,
    );
  }
  const found = search(program);
  if (found) return found;
  if (canInstall() && install(program)) {
    const installed = search(program);
    if (installed) return installed;
  }
  throw new MissingProgram(
    `No ${program.label} found: install it (Debian: apt-get install ${program.debian}` +
      (program.playwright ? `; anywhere: npx playwright install ${name}` : '') +
      `) or set ${program.variable} to its path.`,
  );
}

export const findChromium = (): string => findProgram('chromium');

/** Options for every Chromium of the tests and the benchmark. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function search(program: Program): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const command of program.commands) {
    const candidates = command.startsWith('/')
      ? [command]
      : folders.map((dir) => join(dir, command));
    const found = candidates.find(isExecutable);
    if (found) return found;
  }
  const own = program.playwright?.();
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

function install(program: Program): boolean {
  console.error(`No ${program.label} found; installing Debian's package “${program.debian}” …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (...args: string[]) =>
    spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  return run('update') && run('install', '-y', '--no-install-recommends', program.debian);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    findChromium();
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}
