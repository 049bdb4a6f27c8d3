// SPDX-License-Identifier: Apache-2.0
// The desk's own affairs, each page in each language: directory, roster, handing over a shift, the wall, the pause,
// packets, removal notices, partners' keys, settings, kept views. First empty, then with something in them.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Browser, LANGS, LINK, PHONE, Tap, URL_BASE } from './lib.mjs';
import { Look, PASSWORD, ROLE, button, confirm, fill, invite, join, report, sql, unfold } from './team.mjs';

const tap = new Tap();
const look = new Look(tap, 'office');
const WORDS = {
	fr: { said: 'Une page étrange a été vue.', letter: 'Merci d’agir, et de nous dire ce qui a été fait.', unit: 'CAPE de Casablanca-Anfa', brigade: 'Brigade des mineurs', organisation: 'Hébergeur du Maroc' },
	ar: { said: 'رأيت صفحة غريبة.', letter: 'المرجو التدخل وإخبارنا بما تم.', unit: 'وحدة حماية الطفولة بالدار البيضاء', brigade: 'فرقة الأحداث', organisation: 'شركة الاستضافة المغربية' },
	en: { said: 'A strange page was seen.', letter: 'Please act, and tell us what was done.', unit: 'Child protection unit of Casablanca', brigade: 'Juvenile brigade', organisation: 'Hosting of Morocco' },
};
const date = (days) => new Date(Date.now() + days * 86400e3).toISOString().slice(0, 10);
const TODAY = date(0);

// What the police hold: a key of their own; its public part and number go into the directory.
function policeKey() {
	const folder = process.env.HISN_PROFILE, secret = path.join(folder, 'pass');
	fs.writeFileSync(secret, PASSWORD + '\n', { mode: 0o600 });
	const said = execFileSync(path.join(process.env.HISN_BUILD ?? 'build', 'src', 'cli', 'hisn-packet'),
		['keygen', '--out', path.join(folder, 'police.key'), '--password-file', secret], { encoding: 'utf8', stdio: 'pipe' });
	return { key: /public key +([0-9a-f]{64})/.exec(said)[1], fingerprint: /number +([0-9 ]{23})/.exec(said)[1] };
}

async function team(b) {
	const admin = await join(b, LINK, 'Admin');
	const amina = await join(b, await invite(admin, 'Amina', ROLE.analyst), 'Amina'), karim = await join(b, await invite(admin, 'Karim', ROLE.supervisor), 'Karim');
	await confirm(amina, karim);
	await confirm(karim, amina);
	const omar = await join(b, await invite(admin, 'Omar', ROLE.officer, 'MA-CAS'), 'Omar');
	await confirm(amina, omar);
	await confirm(karim, omar);
	for (const { page } of [admin, amina, karim])
		await page.setViewportSize(PHONE);
	return { admin, amina, karim };
}

// --- before there is anything ---

async function empty(lang, t, id) {
	for (const name of ['roster', 'handover', 'wall', 'packets', 'notices', 'tasks', 'directory'])
		await look.go(t.karim, lang, `/staff/${name}`, `${name}-empty`);
	await look.go(t.karim, lang, '/staff/directory/kind/search', 'directory-kind-empty');
	await look.go(t.amina, lang, `/staff/packets/new/${id}`, 'packet-too-early');
	await look.go(t.amina, lang, `/staff/notices/new/${id}`, 'notice-too-early', 422);
}

// --- directory ---

async function units(lang, t) {
	const at = '/staff/directory/unit/MA-CAS';
	await look.go(t.karim, lang, at, 'directory-unit');
	await fill(t.karim.page, { 'f-name': '', 'f-mail': '-x@unit.example', 'f-confirmed': '2199-01-01' });
	await look.press(t.karim, lang, button(t.karim, at), 'directory-unit-wrong', 422);
	await fill(t.karim.page, { 'f-name': WORDS[lang].unit, 'f-phone': '+212 5 22 00 00 00', 'f-mail': 'child.protection.unit@casablanca.example', 'f-confirmed': date(lang === 'ar' ? -200 : -1) });
	await look.press(t.karim, lang, button(t.karim, at), 'directory-region');
	await look.go(t.amina, lang, '/staff/directory/region/MA-06', 'directory-region-read');
	await look.go(t.karim, lang, '/staff/directory', 'directory');
}

async function recipients(lang, t, police) {
	const at = '/staff/directory/new/police';
	await look.go(t.karim, lang, at, 'recipient-new');
	await look.press(t.karim, lang, button(t.karim, at), 'recipient-wrong', 422);
	await fill(t.karim.page, { 'f-name': WORDS[lang].brigade, 'f-mail': 'brigade@police.example', 'f-postal': '1, Street', 'f-confirmed': TODAY, 'f-key': police.key, 'f-fingerprint': police.fingerprint });
	await t.karim.page.check(`[name=language][value=${lang}]`);
	await look.press(t.karim, lang, button(t.karim, at), 'directory-kind');
	const href = await t.karim.page.locator('a[href*="/directory/recipient/"]').first().getAttribute('href');
	await look.go(t.karim, lang, href.slice(3), 'recipient');
}

// --- shifts ---

async function shifts(lang, t) {
	await look.go(t.karim, lang, '/staff/roster', 'roster-to-fill');
	await fill(t.karim.page, { 'f-day': '2020-01-01', 'f-from': '08:00', 'f-to': '16:00' });
	await look.press(t.karim, lang, button(t.karim, '/staff/roster'), 'roster-over', 422);
	await t.karim.page.selectOption('#f-member', { label: lang === 'fr' ? 'Amina' : 'Karim' });
	await t.karim.page.selectOption('#f-duty', lang === 'en' ? 'desk' : 'oncall');
	await fill(t.karim.page, { 'f-day': TODAY, 'f-from': '00:00', 'f-to': '00:00', 'f-weeks': '3' });
	await look.press(t.karim, lang, button(t.karim, '/staff/roster'), 'roster');
	await look.go(t.amina, lang, '/staff/roster', 'roster-read');
}

async function handover(lang, t) {
	await look.go(t.karim, lang, '/staff/handover', 'handover-to-write');
	await look.press(t.karim, lang, button(t.karim, '/staff/handover'), 'handover-nothing', 422);
	await t.karim.page.fill('#f-text', WORDS[lang].letter);
	await look.press(t.karim, lang, button(t.karim, '/staff/handover'), 'handover-sealed');
	await look.go(t.amina, lang, '/staff/handover', 'handover');
	await look.press(t.amina, lang, button(t.amina, '/open'), 'handover-opened');
	const read = await t.amina.page.innerText('main');
	tap.ok(LANGS.some((l) => read.includes(WORDS[l].letter)), `${lang} the next shift reads what was written`);
	await look.go(t.amina, lang, '/staff/handover', 'handover');
	await look.press(t.amina, lang, button(t.amina, '/handover/cases'), 'handover-cases');
}

async function wall(lang, t) {
	const now = Math.floor(Date.now() / 1000);
	sql(`UPDATE report SET since = ${now - 9000}, due = ${now + (lang === 'fr' ? -60 : 3600)}; UPDATE report SET priority = 0, due = ${now - 60} WHERE rowid = 1`);
	await look.go(t.amina, lang, '/staff/wall', 'wall');
	await look.go(t.amina, lang, '/staff/wall?still=1', 'wall-still');
	tap.ok((await t.amina.page.locator('tbody tr').count()) >= 3, `${lang} the wall shows what is late`);
	sql('UPDATE report SET priority = 2');
}

async function pause(lang, t, id) {
	const at = `/staff/reports/${id}`;
	const first = async () => {
		await t.amina.page.goto(`${URL_BASE}/${lang}${at}`);
		return button(t.amina, '/open');
	};
	await look.press(t.amina, lang, await first(), 'opened');
	sql('UPDATE exposure SET n = 40, allowed = 0');
	await look.press(t.amina, lang, await first(), 'pause-offered');
	tap.ok(!(await t.amina.page.innerText('main')).includes('pause.example'), `${lang} the message waits`);
	await look.press(t.amina, lang, t.amina.page.locator('button[form=pause]'), 'pause');
	sql('DELETE FROM exposure');
}

// --- packets ---

async function packets(lang, t, id) {
	const at = `/staff/packets/new/${id}`, { amina, karim } = t;
	await look.go(amina, lang, at, 'packet-new');
	await look.press(amina, lang, button(amina, at), 'packet-wrong', 422);
	await amina.page.selectOption('#recipient', { index: 1 });
	await amina.page.check(`[name=language][value=${lang}]`);
	await amina.page.fill('#f-letter', WORDS[lang].letter);
	await amina.page.check('[name=names_seen]');
	await look.press(amina, lang, button(amina, at), 'packet-prepared');
	const one = new URL(amina.page.url()).pathname.slice(3);
	await look.press(amina, lang, amina.page.locator('button[value=open]'), 'packet-opened');
	await look.go(karim, lang, '/staff/packets', 'packets');
	await look.go(karim, lang, one, 'packet-to-release');
	await look.press(karim, lang, karim.page.locator('button[value=release]'), 'packet-released');
	await look.press(karim, lang, karim.page.locator('button[value=print]'), 'packet-printed');
	tap.ok((await karim.page.innerText('.letter')).includes(WORDS[lang].letter), `${lang} the packet to print has its letter`);
	await look.go(amina, lang, at, 'packet-another');
}

// --- notices ---

async function drafted(lang, t, id) {
	const at = `/staff/notices/new/${id}`, { page } = t.amina;
	await look.go(t.amina, lang, `${at}?kind=hosting`, 'notice-new');
	await look.press(t.amina, lang, page.locator('button[value=open]'), 'notice-addresses');
	await look.press(t.amina, lang, page.locator('button[value=preview]'), 'notice-wrong', 422);
	await page.fill('[name=addresses]', `https://notice-${lang}.example/a-rather-long-address/that-goes-on-and-on`);
	await page.selectOption('[name=offence]', 'CSAM_DIST');
	await fill(page, { 'f-name': WORDS[lang].organisation, 'f-mail': 'abuse@host.example' });
	await page.check(`[name=language][value=${lang}]`);
	await page.check('[name=channel][value=mail]');
	await look.press(t.amina, lang, page.locator('button[value=preview]'), 'notice-letter');
	await look.press(t.amina, lang, page.locator('button[value=save]'), 'notice-draft');
	return new URL(page.url()).pathname.slice(3);
}

async function notices(lang, t, id) {
	const { page } = t.amina, press = (value, name, status) => look.press(t.amina, lang, page.locator(`button[value=${value}]`), name, status);
	const one = await drafted(lang, t, id), hex = one.slice(-32), hour = 3600;
	await press('open', 'notice-to-send');
	await press('print', 'notice-printed');
	await look.go(t.amina, lang, one, 'notice-draft-again');
	await press('open', 'notice-to-send');
	await press('send', 'notice-sent');
	sql(`UPDATE notice SET sent = sent - ${30 * hour}, due = due - ${30 * hour}, since = since - ${30 * hour} WHERE hex(id) = upper('${hex}'); UPDATE recheck SET due = due - ${30 * hour}`);
	await look.go(t.amina, lang, '/staff/notices', 'notices');
	await look.go(t.amina, lang, '/staff/notices?q=no-reference', 'notices-not-found');
	await look.go(t.amina, lang, one, 'notice-due');
	await press('recheck', 'notice-nothing-seen', 422);
	await page.fill('#answer-words', WORDS[lang].said);
	await press('acknowledge', 'notice-answered');
	await page.check('[name=outcome][value=moved]');
	await press('recheck', 'notice-moved');
	await press('open', 'notice-moved-opened');
	await press('form', 'notice-for-the-new-address');
	const other = await drafted(lang, t, id);
	sql(`UPDATE notice SET handed = since WHERE hex(id) = upper('${other.slice(-32)}')`);
	await look.go(t.amina, lang, other, 'notice-perhaps');
	await look.go(t.amina, lang, '/staff/notices', 'notices-perhaps');
}

// --- the administrator; kept views ---

async function administered(lang, t) {
	const { admin } = t;
	await look.go(admin, lang, '/staff/partners', 'partners');
	await look.press(admin, lang, button(admin, '/staff/partners'), 'partners-wrong', 422);
	await admin.page.fill('#organisation', WORDS[lang].organisation);
	await look.press(admin, lang, button(admin, '/staff/partners'), 'partners-key');
	await look.go(admin, lang, '/staff/partners', 'partners-one');
	await look.press(admin, lang, button(admin, '/revoke'), 'partners-revoked');
	await look.go(admin, lang, '/staff/settings', 'settings');
	await admin.page.fill('#exposure', '4');
	await look.press(admin, lang, button(admin, '/staff/settings'), 'settings-wrong', 422);
	await fill(admin.page, { exposure: '40', law: WORDS[lang].letter, talk: WORDS[lang].said });
	await look.press(admin, lang, button(admin, '/staff/settings'), 'settings-saved');
	await look.go(admin, lang, '/staff/reports', 'refused', 403);
}

async function views(lang, t) {
	const { page } = t.amina;
	await look.go(t.amina, lang, '/staff/reports?kind=address&priority=2', 'queue-filtered');
	await unfold(page);
	await look.press(t.amina, lang, button(t.amina, '/views'), 'view-without-name', 422);
	await page.goto(`${URL_BASE}/${lang}/staff/reports?kind=address&priority=2`);
	await unfold(page);
	await page.fill('#view-name', WORDS[lang].organisation);
	await look.press(t.amina, lang, button(t.amina, '/views'), 'view-kept');
	await page.goto(`${URL_BASE}/${lang}/staff/reports`);
	await unfold(page);
	await look.page(page, lang, 'views');
}

await Browser.with(async (b) => {
	const t = await team(b), police = policeKey();
	for (const lang of LANGS)
		await report(b, lang, 'address', { url: `https://pause.example/${lang}`, words: WORDS[lang].said });
	await t.amina.page.goto(`${URL_BASE}/en/staff/reports`);
	const id = (await t.amina.page.locator('.rows a').first().getAttribute('href')).split('/').pop();
	for (const lang of LANGS)
		await empty(lang, t, id);
	sql("UPDATE report SET state = 'confirmed'");
	for (const lang of LANGS) {
		await units(lang, t);
		await recipients(lang, t, police);
		await shifts(lang, t);
		await handover(lang, t);
		await wall(lang, t);
		await pause(lang, t, id);
		await packets(lang, t, id);
		await notices(lang, t, id);
		await administered(lang, t);
		await views(lang, t);
	}
	tap.empty(b.faults.filter((f) => !/40[34]|422/.test(f)), 'nothing asked of elsewhere, no error in the console');
});
tap.done();
