// SPDX-License-Identifier: Apache-2.0
// Figures, the register of data subjects' requests, partners' keys: each page in three languages, without a violation.
import { execFileSync } from 'node:child_process';
import { Browser, LANGS, LINK, Tap, URL_BASE, checkPage, shoot } from './lib.mjs';
import { ROLE, confirm, invite, join } from './team.mjs';

const tap = new Tap();
const last = new Date().getFullYear() - 1;

// A year of numbers, small and large, straight into the tables of figures.
function counted() {
	const rows = [];
	for (let month = 1; month <= 12; month++)
		for (const [kind, priority, region, n] of [['address', 2, 'MA-06', 9 + month], ['solicitation', 1, 'MA-01', month % 5],
			['travel', 1, 'MA-08', month % 3], ['other', 3, '', 6]])
			for (const [state, part] of [['received', 1], ['confirmed', 0.5], ['closed', 0.4]])
				rows.push([last * 100 + month, kind, priority, region, state, Math.floor(n * part)]);
	const code = 'import sqlite3, json, sys\ndb = sqlite3.connect(sys.argv[1], timeout=10)\ndb.executemany("INSERT INTO figure VALUES (?,?,?,?,?,?)", json.load(sys.stdin))\n'
		+ `db.executemany("INSERT INTO figure_step VALUES (${last * 100 + 1}, ?, 2, ?, ?)", [["first_look", 0, 7], ["first_look", 2, 9], ["referred", 3, 3]])\ndb.commit()`;
	execFileSync('python3', ['-c', code, process.env.HISN_DATABASE], { input: JSON.stringify(rows) });
}

async function look(page, paths, who) {
	for (const lang of LANGS)
		for (const path of paths) {
			const answer = await page.goto(`${URL_BASE}/${lang}${path}`);
			tap.equal(answer.status(), 200, `${who} ${lang}${path}: is there`);
			for (const folded of await page.locator('figure summary').all())
				await folded.click();
			await checkPage(tap, page, `${who} ${lang}${path}`, { lang, cookies: true });
			await shoot(page, `figures-${who}-${lang}${path.replace(/[0-9a-f]{32}/, 'id').replaceAll(/[/?=&]/g, '-')}`);
		}
}

async function request(page, lang) {
	await page.goto(`${URL_BASE}/${lang}/staff/requests/new`);
	await page.click('main button');
	await page.waitForLoadState();
	await checkPage(tap, page, `${lang} a request with faults`, { lang, cookies: true });
	await shoot(page, `figures-${lang}-request-faults`);
	await page.locator('input[value=rectification]').check();
	await page.fill('#f-text', 'A mother asks to correct the name of a school. / أم تطلب تصحيح اسم مدرسة.');
	await page.click('main button');
	await page.waitForURL('**/staff/requests');
	const href = await page.locator('table a').first().getAttribute('href');
	await page.goto(URL_BASE + href);
	await page.locator('form[action$="/open"] button').click();
	await page.waitForLoadState();
	tap.ok((await page.innerText('.facts')).includes('أم تطلب'), `${lang}: opened`);
	await checkPage(tap, page, `${lang} a request, opened`, { lang, cookies: true });
	await shoot(page, `figures-${lang}-request-opened`);
	await page.locator('input[value=answered]').check();
	await page.fill('#f-why', 'Corrected, and told.');
	await page.locator('form[action$="/end"] button').click();
	await page.waitForURL('**/staff/requests');
	return href.slice(3);
}

await Browser.with(async (b) => {
	const admin = await join(b, LINK, 'Admin');
	const amina = await join(b, await invite(admin, 'Amina', ROLE.analyst), 'Amina'), karim = await join(b, await invite(admin, 'Karim', ROLE.supervisor), 'Karim');
	await confirm(amina, karim);
	await confirm(karim, amina);
	counted();
	let done;
	for (const lang of LANGS)
		done = await request(amina.page, lang);
	await look(amina.page, ['/staff/figures', `/staff/figures?year=${last}`, `/staff/figures?year=${last}&form=published`, '/staff/requests', '/staff/requests/new', done], 'analyst');
	await look(admin.page, ['/staff/figures?form=published', '/staff/partners'], 'admin');
	tap.empty(b.faults.filter((f) => !/422/.test(f)), 'nothing asked of elsewhere, no error in the console');
});
tap.done();
