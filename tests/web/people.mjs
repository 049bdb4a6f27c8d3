// SPDX-License-Identifier: Apache-2.0
// The people of the desk, each step in each language: somebody is invited, joins, is confirmed, looks after her own
// page, sessions, password and second step, loses her device, forgets her password, and leaves.
import { Browser, LANGS, LINK, NARROW, PHONE, Tap, URL_BASE } from './lib.mjs';
import { Look, PASSWORD, ROLE, button, confirm, fill, fingerprint, invite, join, localPath, signIn, totp, unfold } from './team.mjs';

const tap = new Tap();
const look = new Look(tap, 'people');
const NEWCOMER = {
	fr: { name: 'Élodie Benchekroun-Lemaître', sign_in: 'elodie' },
	ar: { name: 'نجاة العلوي الإدريسي', sign_in: 'najat' },
	en: { name: 'Nora Featherstonehaugh', sign_in: 'nora' },
};
const OTHER = 'five other calm words here';
const id = async (who, name) => (await who.page.locator('tbody tr', { hasText: name }).locator('a[href*="/staff/members/"]').first().getAttribute('href')).split('/').pop();

async function invited(t, lang, who) {
	await look.go(t.admin, lang, '/staff/members', 'members-administrator');
	await look.press(t.admin, lang, button(t.admin, '/invite'), 'invited-nobody', 422);
	await t.admin.page.fill('#name', who.name);
	await t.admin.page.selectOption('#role', ROLE.analyst);
	await look.press(t.admin, lang, button(t.admin, '/invite'), 'invited');
	return localPath(await t.admin.page.locator('.notice code').innerText());
}

async function joined(b, lang, who, link) {
	who.page = await b.page({ lang, ...PHONE });
	await look.go(who, lang, link, 'join');
	await fill(who.page, { name: who.name, sign_in: who.sign_in, password: 'short', again: 'short' });
	await look.press(who, lang, button(who, link), 'join-short', 422);
	await fill(who.page, { name: who.name, sign_in: who.sign_in, password: PASSWORD, again: PASSWORD });
	await look.press(who, lang, button(who, link), 'joined');
	who.fingerprint = await fingerprint(who.page);
	await look.go(who, lang, link, 'join-again', 410);
	await look.go(who, lang, '/staff/sign-in', 'sign-in');
	await fill(who.page, { name: who.sign_in, password: OTHER });
	await look.press(who, lang, button(who, '/sign-in'), 'sign-in-wrong', 403);
	await fill(who.page, { name: who.sign_in, password: PASSWORD });
	await look.press(who, lang, button(who, '/sign-in'), 'home-waiting');
}

async function confirmed(t, lang, who) {
	const row = t.amina.page.locator('tbody tr', { hasText: who.name });
	await look.go(t.amina, lang, '/staff/members', 'members-to-confirm');
	await row.locator('input[name=fingerprint]').fill('12345 12345 12345 12345');
	await look.press(t.amina, lang, row.locator('form[action$="/confirm"] button'), 'members-other-number', 422);
	for (const by of [t.amina, t.karim])
		await confirm(by, who);
	await look.go(t.karim, lang, '/staff/members', 'members-supervisor');
	who.id = await id(t.karim, who.name);
}

async function ownPage(lang, who) {
	await look.go(who, lang, '/staff/me', 'me');
	await who.page.fill('#f-mail', 'not an address');
	await look.press(who, lang, button(who, '/staff/me'), 'me-wrong', 422);
	await who.page.fill('#f-mail', `${who.sign_in}@desk.example`);
	await look.press(who, lang, button(who, '/staff/me'), 'me-saved');
}

async function sessions(b, lang, who) {
	const other = await signIn(b, who.sign_in);
	await look.go(who, lang, '/staff/sessions', 'sessions');
	tap.equal(await who.page.locator('tbody tr').count(), 2, `${lang} two sessions`);
	await look.press(who, lang, button(who, '/sessions/others'), 'sessions-one');
	tap.equal(await who.page.locator('tbody tr').count(), 1, `${lang} one is left`);
	await b.close(other);
	await look.go(who, lang, '/staff/password', 'password');
	await look.press(who, lang, button(who, '/staff/password'), 'password-wrong', 422);
}

async function secondStep(b, lang, who) {
	await look.go(who, lang, '/staff/factor', 'factor');
	const secret = await who.page.locator('main code').first().innerText();
	await who.page.fill('#f-code', '000000');
	await look.press(who, lang, button(who, '/staff/factor'), 'factor-wrong', 422);
	await look.go(who, lang, '/staff/factor', 'factor');
	const now = await who.page.locator('main code').first().innerText();
	tap.ok(now !== secret, `${lang} another secret each time`);
	await who.page.fill('#f-code', totp(now, -1));
	await look.press(who, lang, button(who, '/staff/factor'), 'factor-codes');
	const codes = await who.page.locator('main ol code').allInnerTexts();
	tap.equal(codes.length, 10, `${lang} ten recovery codes`);
	await look.go(who, lang, '/staff/factor', 'factor-set');
	await who.page.reload();
	await unfold(who.page);
	await look.page(who.page, lang, 'factor-another');
	await look.go(who, lang, '/staff/me', 'me-second');
	const again = { page: await signIn(b, who.sign_in) };
	await look.go(again, lang, '/staff/second', 'second');
	await again.page.fill('#f-code', '000000');
	await look.press(again, lang, button(again, '/staff/second'), 'second-wrong', 403);
	await again.page.fill('#f-code', codes[0]);
	await look.press(again, lang, button(again, '/staff/second'), 'second-home');
	await b.close(again.page);
}

async function helped(b, t, lang, who) {
	const page = `/staff/members/${who.id}`;
	await look.go(t.amina, lang, page, 'member-colleague');
	await look.press(t.amina, lang, button(t.amina, '/share'), 'member-shared');
	await look.go(t.karim, lang, page, 'member');
	await look.press(t.karim, lang, button(t.karim, '/factor'), 'member-factor-removed');
	await look.press(t.karim, lang, button(t.karim, '/reset'), 'member-reset');
	const link = localPath(await t.karim.page.locator('.notice code').innerText());
	await look.go(who, lang, link, 'reset');
	await look.press(who, lang, button(who, link), 'reset-short', 422);
	await fill(who.page, { password: OTHER, again: OTHER });
	await look.press(who, lang, button(who, link), 'reset-done');
	await look.go(who, lang, link, 'reset-again', 410);
}

async function leaves(t, lang, who) {
	await look.go(t.karim, lang, `/staff/members/${who.id}/leave`, 'leave');
	await look.press(t.karim, lang, button(t.karim, '/leave'), 'leave-unsure', 422);
	await t.karim.page.check('[name=sure]');
	await look.press(t.karim, lang, button(t.karim, '/leave'), 'left');
	await look.go(t.karim, lang, '/staff/members', 'members-one-left');
	await look.go(t.amina, lang, '/staff/settings', 'refused', 403);
	await look.go(t.amina, lang, '/staff/members/999', 'no-member', 404);
}

await Browser.with(async (b) => {
	const admin = await join(b, LINK, 'Admin');
	const amina = await join(b, await invite(admin, 'Amina', ROLE.analyst), 'Amina'), karim = await join(b, await invite(admin, 'Karim', ROLE.supervisor), 'Karim');
	await confirm(amina, karim);
	await confirm(karim, amina);
	const t = { admin, amina, karim };
	for (const { page } of Object.values(t))
		await page.setViewportSize(NARROW);
	for (const lang of LANGS) {
		const who = NEWCOMER[lang];
		await joined(b, lang, who, await invited(t, lang, who));
		await confirmed(t, lang, who);
		await ownPage(lang, who);
		await sessions(b, lang, who);
		await secondStep(b, lang, who);
		await helped(b, t, lang, who);
		await leaves(t, lang, who);
	}
	tap.empty(b.faults.filter((f) => !/40[34]|410|422/.test(f)), 'nothing asked of elsewhere, no error in the console');
});
tap.done();
