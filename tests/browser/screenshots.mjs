// Pictures of a report: screenshots.mjs PAGE.html OUT.png WIDTH HEIGHT light|dark [print|full]
import { open, urlOf } from './browser.mjs';

const [page, out, width, height, scheme, how] = process.argv.slice(2);
const browser = await open();
const tab = await browser.newPage({ viewport: { width: +width, height: +height }, colorScheme: scheme });
await tab.goto(urlOf(page));
if (how === 'print')
	await tab.pdf({ path: out, format: 'A4', printBackground: true });
else
	await tab.screenshot({ path: out, fullPage: how === 'full' });
await browser.close();
