// The HTML report in a browser: test_report.mjs FGDIAG FOLDER
// Makes a page of recorded runs, a hostile one among them, and looks at each on
// a phone and a laptop, light and dark, and on paper.
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { open, urlOf } from './browser.mjs';
import { hostile, makeHostile, seen } from './hostile.mjs';
import { golden, pageOf } from './pages.mjs';

const [fgdiag, folder] = process.argv.slice(2);
const RUNS = ['black-hole.cast', 'late-dns.cast', 'data-lost-inside.cast', 'host-loses.cast', 'cut.cast', 'memory-extreme.cast',
	'paste-nothing.paste'];
const VIEWS = [[360, 'light'], [1280, 'dark']];
const ALL_VIEWS = [...VIEWS, [360, 'dark'], [1280, 'light']];

// ---- what is looked at, inside the page ----

const structure = () => {
	const wrong = [];
	const expect = (good, words) => good || wrong.push(words);
	const all = what => [...document.querySelectorAll(what)];
	expect(document.documentElement.lang === 'en', 'no language');
	expect(document.title.length > 10, 'no title');
	expect(document.scripts.length === 0, 'a script');
	expect(all('img,iframe,object,embed,link,base,form,input,video,audio,canvas').length === 0, 'an element of no use here');
	expect(all('h1').length === 1, 'not one h1');
	expect(document.body.children.length === 1, 'something stands beside <main>');
	expect(all('style').every(style => style.parentElement === document.head), 'a style outside the head');
	let level = 0;
	for (const heading of all('h1,h2,h3,h4,h5,h6')) {
		const here = +heading.tagName[1];
		expect(here <= level + 1, `heading "${heading.textContent}" skips a level`);
		level = here;
	}
	for (const element of all('*')) {
		for (const attribute of element.attributes)
			expect(!/^on|^style$|^src/.test(attribute.name), `attribute ${attribute.name}`);
	}
	for (const link of all('[href]')) {
		const to = link.getAttribute('href');
		expect(to.startsWith('#') && document.getElementById(to.slice(1)), `link to ${to}`);
	}
	const ids = all('[id]').map(element => element.id);
	expect(new Set(ids).size === ids.length, 'an id twice');
	for (const svg of all('svg'))
		expect(svg.getAttribute('aria-hidden') === 'true' || svg.querySelector('title')?.textContent, 'a drawing without a title');
	for (const table of all('table'))
		expect(table.caption, 'a table without a caption');
	return wrong;
};

// Text of too little contrast with what lies behind it (WCAG 2 AA).
const contrast = () => {
	const parse = color => color.match(/[\d.]+/g).map(Number);
	const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = element => {
		for (; element; element = element.parentElement) {
			const color = parse(getComputedStyle(element).backgroundColor);
			if (color.length < 4 || color[3] > 0)
				return color;
		}
		return [255, 255, 255];
	};
	const wrong = new Set();
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const element = walker.currentNode.parentElement;
		if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest('svg'))
			continue;
		const style = getComputedStyle(element);
		const [a, b] = [light(parse(style.color)), light(behind(element))].sort((x, y) => y - x);
		const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && +style.fontWeight >= 700);
		if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5))
			wrong.add(`${((a + 0.05) / (b + 0.05)).toFixed(2)} of "${walker.currentNode.data.trim().slice(0, 30)}"`);
	}
	return [...wrong];
};

const overflow = () => {
	const over = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
	const folded = over();
	for (const details of document.querySelectorAll('details'))
		details.open = true;
	return Math.max(folded, over());
};

// ---- one page in one look ----

const look = async (browser, page, width, scheme, then) => {
	const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme: scheme });
	const heard = [], asked = [];
	await context.route('**/*', route => {
		if (route.request().url().split('#')[0] === urlOf(page))
			return route.continue();
		asked.push(route.request().url());
		return route.abort();
	});
	const tab = await context.newPage();
	tab.on('console', message => heard.push(message.text()));
	tab.on('pageerror', error => heard.push(String(error)));
	tab.on('dialog', dialog => { heard.push('a dialog'); dialog.dismiss(); });
	const at = `${page} at ${width} px, ${scheme}`;
	await tab.goto(urlOf(page));
	assert.deepEqual(await tab.evaluate(structure), [], at);
	assert.deepEqual(await tab.evaluate(contrast), [], `contrast: ${at}`);
	assert.equal(await tab.evaluate(overflow), 0, `wider than the window: ${at}`);
	assert.deepEqual(await tab.evaluate(contrast), [], `contrast, all unfolded: ${at}`);
	await then(tab);
	assert.equal(await tab.evaluate(() => window.ran), undefined, `a script ran: ${at}`);
	assert.deepEqual(heard, [], `console: ${at}`);
	assert.deepEqual(asked, [], `requests: ${at}`);
	await context.close();
};

const onPaper = async (browser, page) => {
	const tab = await browser.newPage({ colorScheme: 'dark', viewport: { width: 794, height: 1123 } });
	await tab.goto(urlOf(page));
	await tab.emulateMedia({ media: 'print' });
	const paper = await tab.evaluate(() => ({
		back: getComputedStyle(document.body).backgroundColor,
		contents: getComputedStyle(document.querySelector('nav')).display,
		over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
	}));
	assert.deepEqual(paper, { back: 'rgb(255, 255, 255)', contents: 'none', over: 0 }, page);
	assert.deepEqual(await tab.evaluate(contrast), [], `contrast on paper: ${page}`);
	assert.equal((await tab.pdf({ format: 'A4' })).subarray(0, 5).toString(), '%PDF-');
	await tab.close();
};

// ---- the tests ----

// Everything hostile stands there as text, and its controls as words.
const hostileIsText = async tab => {
	const text = await tab.evaluate(() => document.body.textContent);
	for (const [what, words] of Object.entries(hostile))
		assert.ok(text.includes(what === 'reason' ? words.slice(0, 40) : words), `${what} is not shown as text`);
	assert.ok(text.includes(seen));
	assert.ok(!/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text), 'a raw control');
	await tab.mouse.move(300, 300);
};

const evidenceLeadsToItsLine = async tab => {
	await tab.evaluate(() => document.querySelectorAll('details').forEach(details => { details.open = false; }));
	await tab.click('#evidence a.at');
	assert.ok(await tab.evaluate(() => document.querySelector(':target')?.checkVisibility()), 'the line stays folded');
};

const commandsCopyWhole = async tab => {
	assert.equal(await tab.evaluate(() => getComputedStyle(document.querySelector('.copy')).userSelect), 'all');
};

const browser = await open();
try {
	let looks = 0;
	for (const run of RUNS) {
		const page = pageOf(fgdiag, run, folder);
		for (const [width, scheme] of run === RUNS[0] ? ALL_VIEWS : VIEWS) {
			const withCommand = run === RUNS[0] && width === 1280;
			await look(browser, page, width, scheme, async tab => {
				if (!withCommand)
					return;
				await commandsCopyWhole(tab);
				await evidenceLeadsToItsLine(tab);
			});
			looks++;
		}
		await onPaper(browser, page);
	}
	makeHostile(`${golden}black-hole.cast`, `${folder}/hostile.cast`);
	const page = pageOf(fgdiag, resolve(folder, 'hostile.cast'), folder);
	for (const [width, scheme] of ALL_VIEWS) {
		await look(browser, page, width, scheme, hostileIsText);
		looks++;
	}
	await onPaper(browser, page);
	console.log(`browser: ${RUNS.length + 1} pages, ${looks} looks, no script, no request, all well`);
} finally {
	await browser.close();
}
