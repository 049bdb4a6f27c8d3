// SPDX-License-Identifier: Apache-2.0
// Who works at the desk: the administrator's link, two members who confirm each other, a report opened; every signed-in page in three languages, without a violation.
import { Browser, LANGS, LINK, Tap, URL_BASE, checkPage, shoot } from './lib.mjs';
import { PASSWORD, ROLE, confirm, fill, fingerprint, invite, localPath, signIn } from './team.mjs';

const tap = new Tap();

async function join(b, link, name) {
	const page = await b.page({ lang: 'en' });
	const answer = await page.goto(`${URL_BASE}/en${localPath(link)}`);
	tap.equal(answer.status(), 200, `${name}: the link opens`);
	await checkPage(tap, page, `${name} joins`, { lang: 'en', cookies: true });
	await fill(page, { name, sign_in: name.toLowerCase(), password: PASSWORD, again: PASSWORD });
	await page.click('main button');
	await page.waitForLoadState();
	const number = await fingerprint(page);
	await b.close(page);
	return { page: await signIn(b, name.toLowerCase()), name, fingerprint: number };
}

async function look(page, paths, who) {
	for (const lang of LANGS)
		for (const path of paths) {
			const answer = await page.goto(`${URL_BASE}/${lang}${path}`);
			tap.equal(answer.status(), 200, `${who} ${lang}${path}: is there`);
			await checkPage(tap, page, `${who} ${lang}${path}`, { lang, cookies: true });
			await shoot(page, `staff-${who}-${lang}${path.replaceAll('/', '-')}`.replace(/[0-9a-f]{32}/, 'id'));
		}
}

await Browser.with(async (b) => {
	const admin = await join(b, LINK, 'Admin');
	tap.equal(admin.fingerprint, '', 'an administrator holds no keys');
	const links = [await invite(admin, 'Amina', ROLE.analyst), await invite(admin, 'Karim', ROLE.supervisor), await invite(admin, 'Dina', ROLE.auditor)];
	const amina = await join(b, links[0], 'Amina'), karim = await join(b, links[1], 'Karim');
	tap.ok(/^[\d ]{23}$/.test(amina.fingerprint), 'twenty digits to read aloud', amina.fingerprint);
	await confirm(amina, karim);
	await confirm(karim, amina);

	const child = await b.page({ lang: 'ar' });
	await child.goto(`${URL_BASE}/ar/child/seen`);
	for (let n = 0; n < 20 && !(await child.locator('.words').count()); n++) {
		if (await child.locator('textarea[name=words]').count())
			await child.fill('textarea[name=words]', 'رأيت صفحة غريبة');
		const send = child.locator('button[value=send]');
		await ((await send.count()) ? send : child.locator('button[value=next]')).click();
		await child.waitForLoadState();
	}
	tap.equal(await child.locator('.words li').count(), 9, 'a child has nine words');

	await amina.page.goto(`${URL_BASE}/en/staff/reports`);
	tap.equal(await amina.page.locator('.rows li').count(), 1, 'one report is listed');
	const href = await amina.page.locator('.rows a').first().getAttribute('href');
	const answer = await amina.page.goto(URL_BASE + href);
	tap.equal(answer.status(), 200, 'a member looks at it');
	await amina.page.locator('form[action$="/open"] button').first().click();
	await amina.page.waitForLoadState();
	for (const folded of await amina.page.locator('dd summary').all())
		await folded.click();
	tap.ok((await amina.page.innerText('main')).includes('رأيت صفحة غريبة'), 'opens and unfolds it, and reads the child’s own words');

	await look(admin.page, ['/staff', '/staff/members', '/staff/settings', '/staff/partners', '/staff/audit'], 'admin');
	const dina = await join(b, links[2], 'Dina');
	await look(dina.page, ['/staff', '/staff/audit', '/staff/audit?action=refused&member=&report=', '/staff/audit/heads'], 'auditor');
	tap.equal((await dina.page.goto(`${URL_BASE}/fr/staff/audit?report=12`)).status(), 422, 'a report’s number that is none is told');
	await checkPage(tap, dina.page, 'auditor, a wrong number', { lang: 'fr', cookies: true });
	await look(amina.page, ['/staff', '/staff/members', '/staff/reports', href.slice(3), '/staff/report', '/staff/report/travel'], 'analyst');
	tap.empty(b.faults.filter((f) => !/403|422/.test(f)), 'nothing asked of elsewhere, no error in the console');
});
tap.done();
