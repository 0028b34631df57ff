// A recorded run in which everything that others can write is markup: what the
// entry says, the device's name, interfaces, outputs, reasons and errors.
import { readFileSync, writeFileSync } from 'node:fs';

export const hostile = {
	name: `<img src=x onerror=window.ran=1>`,
	service: `<svg/onload=window.ran=1>`,
	interface: `<b/onmouseover=window.ran=1>`,
	output: `</pre></details></section></main><script>window.ran=1</script>`,
	quotes: `" ' onmouseover="window.ran=1" x='y' &lt;b&gt; &#60;i&#62;`,
	reason: `</td></tr></table><iframe src="http://198.51.100.1/"></iframe>`,
	trouble: `</p><style>*{display:none}</style><a href="javascript:window.ran=1">`,
	device: `admin@"><script src=//198.51.100.1/x.js></script>`,
};
// What a page must show in place of these: RIGHT-TO-LEFT OVERRIDE, ESC and C1.
export const unseen = '\u202e\u001b[31m\u009b';
export const seen = String.raw`\u{202e}`;

const replaced = text => text
	.replaceAll('Hostname: FGT-LAB', `Hostname: ${hostile.name}`)
	.replaceAll('Security Level: Low', `Security Level: ${hostile.output}`)
	.replaceAll('FIPS-CC mode: disable', `FIPS-CC mode: ${hostile.quotes} ${unseen}`)
	.replaceAll('nothing came back for too long', hostile.reason)
	.replaceAll(/ wan1 (in|out) /g, ` ${hostile.interface} $1 `);

export const makeHostile = (cast, out) => {
	const [head, ...events] = readFileSync(cast, 'utf8').trimEnd().split('\n').map(line => JSON.parse(line));
	head.fgdiag.device = hostile.device;
	head.fgdiag.entry_text = head.fgdiag.entry_text.replace('service="DNS"', `service="${hostile.service}"`);
	for (const event of events) {
		if (event[1] === 'o')
			event[2] = replaced(event[2]);
		if (event[1] === 'm' && typeof event[2] === 'string')
			event[2] = JSON.stringify(JSON.parse(event[2], (key, value) => typeof value === 'string' ? replaced(value) : value));
	}
	const trouble = { note: 'x', error: { kind: 'closed', message: hostile.trouble, step: hostile.reason.slice(0, 40) } };
	events.push([events.at(-1)[0], 'm', JSON.stringify(trouble)]);
	writeFileSync(out, [head, ...events].map(event => JSON.stringify(event)).join('\n') + '\n');
};
