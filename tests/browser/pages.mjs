// Recorded runs, as tests/golden has them, to pages of HTML.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';

export const golden = new URL('../golden/', import.meta.url).pathname;

// The page of a run, by its name in tests/golden or a path.
export const pageOf = (fgdiag, run, folder) => {
	const page = `${folder}/${basename(run, extname(run))}.html`;
	mkdirSync(folder, { recursive: true });
	try {
		execFileSync(fgdiag, ['judge', '-f', 'html', '-o', page, resolve(golden, run)], { stdio: 'pipe' });
	} catch (end) {
		// 1 to 3 are verdicts.
		if (!(end.status >= 1 && end.status <= 3) || end.stderr.length)
			throw end;
	}
	return page;
};
