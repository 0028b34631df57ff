// Debian's chromium through playwright-core, which stands in FGDIAG_MODULES.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

const modules = resolve(process.env.FGDIAG_MODULES ?? 'build/browser/node_modules');
const { chromium } = createRequire(import.meta.url)(`${modules}/playwright-core`);

export const open = () => chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	// As root, as in CI, chromium has no sandbox of its own.
	args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
});

export const urlOf = file => pathToFileURL(resolve(file)).href;
