// Pictures of reports for doc/: screenshots.mjs FGDIAG FOLDER
import { open, urlOf } from './browser.mjs';
import { pageOf } from './pages.mjs';

const PICTURES = [
	{ name: 'report-laptop', run: 'black-hole.cast', width: 1000, height: 900, scheme: 'light' },
	{ name: 'report-phone', run: 'black-hole.cast', width: 360, height: 1500, scheme: 'light' },
	{ name: 'report-dark', run: 'late-dns.cast', width: 1000, height: 900, scheme: 'dark' },
];

const [fgdiag, folder] = process.argv.slice(2);
const browser = await open();
for (const { name, run, width, height, scheme } of PICTURES) {
	const tab = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
	await tab.goto(urlOf(pageOf(fgdiag, run, 'build/browser/pages')));
	await tab.screenshot({ path: `${folder}/${name}.png` });
	await tab.close();
}
await browser.close();
